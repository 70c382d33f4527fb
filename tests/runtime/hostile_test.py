"""Hostile bodies: hostile.py says what is asked of them."""

import os
import sys

import hostile

if __name__ == "__main__":
    if "clang" in os.environ["HEDDLE_CXX"]:
        print("the preset of clang runs the whole programs")
        sys.exit(77)
    hostile.bodies()
