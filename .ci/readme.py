"""Prints the README's commands as one script: every block marked ```sh, in order."""
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
print("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
    print(block)
