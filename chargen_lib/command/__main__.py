"""python -m chargen_lib.command"""

from chargen_lib.command import main

main()
