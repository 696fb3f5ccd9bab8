"""Where the files lie that come with Grantline: programmes, and the files for Prefect."""

from pathlib import Path

from tasks.programmes.folders import SHIPPED

PROGRAMMES = SHIPPED
PREFECT_FILE = Path(__file__).with_name("prefect.yaml")
PREFECT_SETTINGS = Path(__file__).with_name("prefect.env")
FIGURES_EXAMPLE = Path(__file__).parent / "sample" / "reference-figures.csv"
