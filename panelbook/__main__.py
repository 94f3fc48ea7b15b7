"""``python -m panelbook`` is the same as ``panelbook``."""

from panelbook.cli import main

main()
