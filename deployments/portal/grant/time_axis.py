"""Lay a grant's life out on a time axis: lanes for the phases, points for the steps, meetings, and today.

Places are per cent of the picture's width and pixels of its height, so that the picture fits any screen and its
text keeps its size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# Points nearer than this would touch on a phone (a 22 px point on a 320 px screen): they get rows of their own.
_NEAREST = 7.5
_EDGE = 4.0  # per cent at both ends, so that a point at the end is whole
_ROW = 26  # px
_LANE_TOP = 24  # px above a lane's first row, for its name
_AXIS_TOP = 54
_MONTH = 6.5  # per cent that a month's name takes
_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Moment:
    """A step on the axis: the number and words that the table below has too, and how it looks."""

    number: int
    on: date
    lane: str
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point (or tick) in the picture: `x` in per cent, `y` in px; of a meeting `on` is its day."""

    x: float
    y: int
    text: str
    look: str = ""
    title: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A phase: its name, where its bar begins and ends, its top and height, and its points.

    One whose steps have no day yet is `dotted`, without points, at the end.
    """

    name: str
    x: float
    width: float
    y: int
    height: int
    marks: tuple[Mark, ...] = ()
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The whole picture, `height` px high; `today` is None when it lies outside the grant's time."""

    height: int
    years: tuple[Mark, ...]
    months: tuple[Mark, ...]  # a tick each; `on` where there is room for the name
    lanes: tuple[Lane, ...]
    meetings: tuple[Mark, ...]
    meetings_y: int
    today: float | None


def draw(
    moments: Sequence[Moment], meetings: Iterable[date], today: date, undated: Iterable[str] = ()
) -> TimeAxis | None:
    """Return the picture, its lanes in the order of the moments, then those `undated`; None when no step has a date."""
    if not moments:
        return None
    first = min(one.on for one in moments)
    last = max(one.on for one in moments)
    if first - _AFTER <= today <= last + _AFTER:
        # Ahead of today there is room for the names of the lanes.
        first = min(first, today - (max(last, today) - today) / 4)
        last = max(last, today)
    dated = last
    later = tuple(undated)
    if later:  # room behind all that has a day
        last += max((last - first) / 10, timedelta(days=14))
    axis = _Axis(first, last)
    lanes = []
    y = _AXIS_TOP
    for name in dict.fromkeys(one.lane for one in moments):
        lane = _lane(name, [one for one in moments if one.lane == name], axis, y)
        lanes.append(lane)
        y += lane.height
    begins = axis.place(dated)
    for name in later:
        lanes.append(Lane(name, begins, 100 - _EDGE - begins, y, _LANE_TOP + _ROW + 6, dotted=True))
        y += lanes[-1].height
    held = [Mark(axis.place(on), y + 36, "", "meeting", on=on) for on in meetings if axis.holds(on)]
    bottom = y + (56 if held else 12)
    return TimeAxis(
        height=bottom,
        years=tuple(axis.years()),
        months=tuple(axis.months()),
        lanes=tuple(lanes),
        meetings=tuple(held),
        meetings_y=y + 16,
        today=axis.place(today) if axis.holds(today) else None,
    )


class _Axis:
    def __init__(self, first: date, last: date) -> None:
        self._first = first
        self._last = last
        self._days = max(1, (last - first).days)

    def holds(self, day: date) -> bool:
        return self._first <= day <= self._last

    def place(self, day: date) -> float:
        share = (day - self._first).days / self._days
        return round(_EDGE + share * (100 - 2 * _EDGE), 2)

    def years(self) -> Iterable[Mark]:
        """Yield each year's name where the year begins, or at the axis's beginning, where there is room."""
        for year in range(self._first.year, self._last.year + 1):
            begins = max(date(year, 1, 1), self._first)
            room = min(date(year, 12, 31), self._last) - begins
            if room.days / self._days > 0.12:
                yield Mark(self.place(begins), 16, str(year))

    def months(self) -> Iterable[Mark]:
        """Yield each month's first day as a tick, with its name where there is room; of a long time the quarters'."""
        share = 100 - 2 * _EDGE
        each = next((one for one in (1, 3) if share * 30.4 * one / self._days >= _MONTH), 0)
        for year in range(self._first.year, self._last.year + 1):
            for month in range(1, 13, each or 3):
                day = date(year, month, 1)
                if self.holds(day):
                    look = "year" if month == 1 else "quarter"
                    yield Mark(self.place(day), 30, "", look, on=day if each else None)


def _lane(name: str, moments: Sequence[Moment], axis: _Axis, y: int) -> Lane:
    ends: list[float] = []  # where the last point of each row stands
    marks = []
    for one in sorted(moments, key=lambda one: (one.on, one.number)):
        x = axis.place(one.on)
        row = next((row for row, end in enumerate(ends) if x - end >= _NEAREST), len(ends))
        ends[row:] = [x, *ends[row + 1 :]]
        marks.append(Mark(x, y + _LANE_TOP + row * _ROW + _ROW // 2, str(one.number), one.look, one.title))
    left = min(mark.x for mark in marks)
    right = max(mark.x for mark in marks)
    height = _LANE_TOP + len(ends) * _ROW + 6
    return Lane(name=name, x=left, width=round(right - left, 2), y=y, height=height, marks=tuple(marks))
