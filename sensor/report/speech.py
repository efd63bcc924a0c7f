"""Texts, dates and shares of a report in the language that is set.

The names of days and months are in the catalogues, too: what the interpreter would say depends on
locales, of which a Pi has none but English.
"""

from datetime import date

from sensor.core.words import Text
from sensor.languages import translation
from sensor.report.days import Period

WEEKDAYS = (
    *(Text("Monday"), Text("Tuesday"), Text("Wednesday"), Text("Thursday"), Text("Friday")),
    *(Text("Saturday"), Text("Sunday")),
)
SHORT_WEEKDAYS = (
    *(Text("Mon"), Text("Tue"), Text("Wed"), Text("Thu"), Text("Fri"), Text("Sat"), Text("Sun")),
)
MONTHS = (
    *(Text("January"), Text("February"), Text("March"), Text("April"), Text("May")),
    *(Text("June"), Text("July"), Text("August"), Text("September"), Text("October")),
    *(Text("November"), Text("December")),
)
SHORT_MONTHS = (
    *(Text("Jan"), Text("Feb"), Text("Mar"), Text("Apr"), Text("May"), Text("Jun"), Text("Jul")),
    *(Text("Aug"), Text("Sep"), Text("Oct"), Text("Nov"), Text("Dec")),
)
NOTHING = "-"


class Speech:
    """Says texts, dates and numbers in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._translate = translation(language)

    def __call__(self, text: Text) -> str:
        """Say a text."""
        return text.said(self._translate)

    def percent(self, share: float | None) -> str:
        """Say a share (0-1), or a dash where there is none."""
        if share is None:
            return NOTHING
        return self(Text("{number}%", {"number": f"{100 * share:.0f}"}))

    def number(self, value: float) -> str:
        """Say a number, with one decimal where it is small."""
        return f"{value:.1f}".replace(".", self(Text("."))) if value < 10 else f"{value:.0f}"

    def yes_or_no(self, answer: object) -> str:
        """Say what was answered."""
        return self(Text("yes") if answer else Text("no"))

    def weekday(self, number: int) -> str:
        """Name a day of the week; Monday is 0."""
        return self(WEEKDAYS[number])

    def short_weekday(self, number: int) -> str:
        """Name a day of the week in a few letters."""
        return self(SHORT_WEEKDAYS[number])

    def day(self, day: date) -> str:
        """Name a day of a period that is known: `Mon 2 Mar`."""
        weekday = self.short_weekday(day.weekday())
        return self(Text("{weekday} {date}", {"weekday": weekday, "date": self.short_date(day)}))

    def short_date(self, day: date) -> str:
        """Name a day without its weekday: `2 Mar`."""
        month = self(SHORT_MONTHS[day.month - 1])
        return self(Text("{day} {month}", {"day": str(day.day), "month": month}))

    def dated(self, day: date) -> str:
        """Name a day of any year: `2 Mar 2026`."""
        return f"{self.short_date(day)} {day.year}"

    def week(self, week: Period) -> str:
        """Name a week: `week of 2 Mar`."""
        return self(Text("week of {date}", {"date": self.short_date(week.first)}))

    def short_month(self, day: date) -> str:
        """Name a month and its year: `Mar 2026`."""
        return f"{self(SHORT_MONTHS[day.month - 1])} {day.year}"

    def days(self, period: Period) -> str:
        """Name some days in full: `Monday 2 March 2026`, `2 to 8 March 2026`."""
        first, last = period.first, period.last
        if first == last:
            gaps = {"weekday": self.weekday(first.weekday()), "date": self._long_date(first)}
            return self(Text("{weekday} {date}", gaps))
        if (first.month, first.year) == (last.month, last.year):
            begin = self(Text("{day}", {"day": str(first.day)}))
        elif first.year == last.year:
            begin = self._long_date(first, with_year=False)
        else:
            begin = self._long_date(first)
        return self(Text("{first} to {last}", {"first": begin, "last": self._long_date(last)}))

    def _long_date(self, day: date, *, with_year: bool = True) -> str:
        gaps = {"day": str(day.day), "month": self(MONTHS[day.month - 1])}
        said = self(Text("{day} {month}", gaps))
        return f"{said} {day.year}" if with_year else said
