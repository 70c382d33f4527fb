"""The localised object: nothing of the harness is merged with the program, in any way of linking.

Works on a stand-in (build/localise) that uses the same templates on both sides, and looks at the
structure of every localised object of this build.
"""

import itertools
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["HEDDLE_BUILD_DIR"])
CXX = os.environ["HEDDLE_CXX"]
TESTS = BUILD / "tests"
SAMPLE = TESTS / "localise_sample.o"
EXPORTED = {"harness_work", "harness_data", "harness_zero_data", "callbacks_from_harness",
            "callbacks_from_program"}


def output_of(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True,
                          text=True).stdout


def one(pattern):
    found = sorted(TESTS.rglob(pattern))
    assert len(found) == 1, (pattern, found)
    return found[0]


def program_object(level):
    return one(f"localise_program_{level}.dir/**/program.cc.o")


def archives():
    """The program's own Abseil, static, so that it defines the same templates once more."""
    first = pathlib.Path(output_of(CXX, "-print-file-name=libabsl_strings.a").strip())
    return ["-Wl,--start-group", *sorted(first.parent.glob("libabsl_*.a")), "-Wl,--end-group"]


def facts(*link):
    """What the program prints when it is linked from the given parts."""
    with tempfile.TemporaryDirectory() as folder:
        binary = pathlib.Path(folder, "program")
        output_of(CXX, *link, *archives(), "-o", binary)
        return dict(re.findall(r"(\w+)=(\S*)", output_of(binary)))


class LocalisedObject(unittest.TestCase):
    def test_nothing_is_merged_however_it_is_linked(self):
        for level in (0, 2):
            counts = set()
            for linker, pie, order in itertools.product(
                    ([], ["-fuse-ld=lld"]), (["-pie"], ["-no-pie"]), (1, -1)):
                parts = [program_object(level), SAMPLE][::order]
                with self.subTest(level=level, linker=linker, pie=pie, first=parts[0].name):
                    seen = facts(*linker, *pie, *parts)
                    self.assertEqual(seen["worked"], "16")
                    self.assertEqual(seen["text"], "0123456789")
                    self.assertEqual(seen["from_harness"], "0")
                    self.assertEqual(seen["harness_placed"], "1")
                    self.assertEqual(seen["program_placed"], "1")
                    counts.add(int(seen["from_program"]))
            self.assertEqual(len(counts), 1, "the program's instrumentation depends on the link")
            self.assertGreater(counts.pop(), 50)

    def test_the_trap_is_real(self):
        """Control: without localising, one order of linking or the other goes wrong."""
        harness = [*TESTS.rglob("localise_harness.dir/**/*.o"),
                   *BUILD.rglob("heddle_library_templates_objects.dir/**/*.o")]
        defined = ["-Wl,--defsym=__start_heddle_data=0,--defsym=__stop_heddle_data=0",
                   "-Wl,--defsym=__start_heddle_bss=0,--defsym=__stop_heddle_bss=0", "-no-pie"]
        program_first = facts(*defined, program_object(0), *harness)
        harness_first = facts(*defined, *harness, program_object(0))
        self.assertGreater(int(program_first["from_harness"]), 0)
        self.assertLess(int(harness_first["from_program"]), int(program_first["from_program"]))

    def test_an_optimised_unit_is_named(self):
        self.assertEqual(facts(program_object(0), SAMPLE)["optimised"], "")
        named = facts(program_object(2), SAMPLE)["optimised"]
        if "clang" in CXX:  # see include/heddle/instrument.h
            self.assertEqual(named, "<built-in>")
            table = output_of("readelf", "-sW", program_object(2))
            names = re.findall(r" FILE .* (\S+)\n|LOCAL .* (heddle_optimised_unit)\n", table)
            flat = [first or second for first, second in names]
            self.assertEqual(flat[flat.index("heddle_optimised_unit") - 1], "program.cc")
        else:
            self.assertTrue(named.endswith("build/localise/program.cc"), named)

    def test_the_harness_brings_no_debug_information(self):
        # A report reads that of the program; ten times as much of ours would only slow it down.
        sections = output_of("objdump", "-h", SAMPLE)
        self.assertNotIn(".debug_", sections)
        self.assertIn(".eh_frame", sections)


class Structure(unittest.TestCase):
    """Holds for the stand-in and for the real objects alike."""

    def objects(self):
        keeps = sorted(BUILD.rglob("*.o.keep"))
        self.assertIn(SAMPLE.with_suffix(".o.keep"), keeps)
        return [(keep.with_suffix(""), set(keep.read_text().split())) for keep in keeps]

    def test_only_what_is_exported_is_global(self):
        for path, keep in self.objects():
            names = {line.split()[0] for line in
                     output_of("nm", "--defined-only", "--extern-only", "--format=posix",
                               path).splitlines()}
            self.assertEqual(names, keep, path)
        demangled = output_of("c++filt", *dict(self.objects())[SAMPLE])
        exported = {line.split("(")[0] for line in demangled.splitlines()
                    if "__tsan_" not in line and "::id" not in line}
        self.assertEqual(exported, EXPORTED)

    def test_writable_data_is_in_sections_of_its_own(self):
        for path, _ in self.objects():
            sections = dict(re.findall(r"\] (\S+) +(PROGBITS|NOBITS)",
                                       output_of("readelf", "-SW", path)))
            self.assertEqual(sections.get("heddle_data"), "PROGBITS", path)
            self.assertEqual(sections.get("heddle_bss"), "NOBITS", path)
            for section in sections:
                self.assertNotRegex(section, r"^\.(data(?!\.rel\.ro)|bss)", path)


if __name__ == "__main__":
    unittest.main()
