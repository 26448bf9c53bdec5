"""Prints the README's commands as one script: every block marked ```sh, in order. The test command has a step of its own."""
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
print("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
    if not block.startswith("go test"):
        print(block)
