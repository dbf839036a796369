"""Runs `forecastd backtest` and reads its output, for the benchmarks of this directory."""
import argparse
import csv
import pathlib
import subprocess
import sys
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parents[2]

# One series' forecast of one target. `low` and `high` bound the 80 % interval.
Forecast = namedtuple("Forecast", "series origin step actual low median high model")


def parser(description):
    """The options that every one of these benchmarks has."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("file", help="a wide table: the first column the time, a series each other one")
    result.add_argument("--program", default=str(ROOT / ".build/release/forecastd"))
    result.add_argument("--horizon", type=int, default=24)
    result.add_argument("--every", type=int, default=24)
    result.add_argument("--threads", type=int, default=2)
    return result


def parse(options):
    arguments = options.parse_args()
    if not pathlib.Path(arguments.program).exists():
        stop(f"{arguments.program} is missing: make build, or name it by --program")
    return arguments


def stop(reason):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {reason}")


def run(arguments, table, output, seed, *options):
    """Backtests `table` into the directory `output`."""
    command = [
        arguments.program, "backtest", str(table), "--horizon", str(arguments.horizon),
        "--every", str(arguments.every), "--seed", str(seed), "--threads", str(arguments.threads),
        "--output", str(output)]
    command += [str(option) for option in options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        stop(f"{' '.join(command)}: {result.stderr.strip()}")


def read_table(path):
    """The series' names, and their values by row; a missing one is None."""
    with open(path, newline="") as handle:
        rows = csv.reader(handle)
        names = next(rows)[1:]
        values = [[float(text) if text.strip() else None for text in row[1:]] for row in rows]
    return names, values


def read_forecasts(directory):
    """All forecasts whose targets were observed."""
    with open(pathlib.Path(directory) / "forecasts.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["actual"]:
                yield Forecast(
                    row["series"], int(row["origin"]), int(row["step"]), float(row["actual"]),
                    float(row["q0.1"]), float(row["q0.5"]), float(row["q0.9"]), row["forecaster"])


def mean_seasonal_difference(values, column, season, end):
    """Mean absolute seasonal difference over the rows before `end`: the unit of MASE."""
    differences = [
        abs(values[row][column] - values[row - season][column]) for row in range(season, end)
        if values[row][column] is not None and values[row - season][column] is not None]
    return sum(differences) / len(differences)
