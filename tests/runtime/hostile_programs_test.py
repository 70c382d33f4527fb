"""Hostile acts of whole programs under `heddle check`: hostile.py says what is asked of them."""

import hostile

if __name__ == "__main__":
    hostile.programs()
