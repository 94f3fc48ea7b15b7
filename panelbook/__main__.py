"""``python -m panelbook`` is the same as ``panelbook``."""

import sys

from panelbook import daemons

if daemons.is_daemon(sys.argv[1:]):
    daemons.main(sys.argv[1:])
else:
    from panelbook.cli import main

    main()
