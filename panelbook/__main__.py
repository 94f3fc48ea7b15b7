"""``python -m panelbook`` is the same as ``panelbook``."""

import sys

from panelbook import duty

if duty.is_duty(sys.argv[1:]):
    duty.main(sys.argv[1:])
else:
    from panelbook.cli import main

    main()
