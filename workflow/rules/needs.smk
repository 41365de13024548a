"""Memory and time that jobs are given, by the size of their image; more at each further try."""

from functools import cache

from zeroshot_em.run import resources


def mem_mb_of(task):
    def mem_mb(wildcards, attempt):
        return given(task, wildcards).mem_mb * attempt

    return mem_mb


def runtime_of(task):
    def runtime(wildcards, attempt):
        return given(task, wildcards).runtime * attempt

    return runtime


def given(task, wildcards):
    """What the first try of a job is given."""
    patch_size = int(wildcards.get("patch_size", 1))
    return resources.given(task, image_shape(wildcards.image), patch_size)


@cache
def image_shape(image):
    """Height and width of an image as the models see it, None if they are not known yet."""
    return plan.image_shape(config, image)
