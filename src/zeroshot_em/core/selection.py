"""Compiled kernels that find a value by its rank; numpy's own take seconds to compile."""

from zeroshot_em.core.parallel import inlined_kernel as kernel


@kernel
def nth_smallest(values, n):
    """Return the value that `n` others come before, which stand before it afterwards.

    Hoare's algorithm: what is left is split about its middle value, and the part that holds the
    n-th place is kept.
    """
    first, last = 0, len(values) - 1
    while first < last:
        pivot = values[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if n <= j:
            last = j
        elif n >= i:
            first = i
        else:
            break
    return values[n]


@kernel
def median(values):
    """Return the median of values, which are put into another order."""
    half = len(values) // 2
    upper = nth_smallest(values, half)
    if len(values) % 2:
        return upper
    lower = values[0]
    for i in range(1, half):
        lower = max(lower, values[i])
    return (lower + upper) / 2
