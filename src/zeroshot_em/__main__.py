"""``python -m zeroshot_em`` is ``zeroshot-em``."""

from zeroshot_em.cli import main

if __name__ == "__main__":
    main()
