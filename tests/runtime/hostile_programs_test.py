"""Hostile acts of whole programs under `heddle check`: hostile.py says what is asked of them."""

import os
import sys

import hostile

if __name__ == "__main__":
    if "clang" not in os.environ["HEDDLE_CXX"]:
        print("the default preset runs the bodies")
        sys.exit(77)
    hostile.programs()
