"""What an administrator may rely on when setting service hours 服务时间."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatserver.hours.check import Problem, ProblemCode, problems
from chatserver.hours.holiday_list import ListCode, read, take_over, write
from chatserver.hours.holidays_cn import HOLIDAYS, PROVISIONAL, WORKDAYS, worked
from chatserver.hours.model import WEEKDAYS, Calendar, Holiday, Interval, SpecialDay, Week
from chatserver.hours.rule import is_open, next_change

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)


def hours(*texts: str) -> tuple[Interval, ...]:
    return tuple(Interval(start=text[:5], end=text[6:]) for text in texts)


def calendar(**parts: object) -> Calendar:
    return msgspec.structs.replace(Calendar(id="desk", name="客服"), **parts)


def shanghai(day: int, clock: str, month: int = 5) -> datetime:
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{clock}").replace(tzinfo=SHANGHAI)


NINE_TO_SIX = hours("09:00-18:00")
OFFICE = Week(mon=NINE_TO_SIX, tue=NINE_TO_SIX, wed=NINE_TO_SIX, thu=NINE_TO_SIX, fri=NINE_TO_SIX)
DUTY = hours("10:00-12:00")

# Which rule knows the day -> is 10:30 open? Regular hours cover 10:30; a special day either does (值班) or is closed.
TRUTH = [
    # regular, holiday, special, open
    (False, False, False, False),
    (False, False, True, True),
    (False, True, False, False),
    (False, True, True, True),
    (True, False, False, True),
    (True, False, True, True),
    (True, True, False, False),
    (True, True, True, True),
]


@pytest.mark.parametrize(("regular", "holiday", "special", "expected"), TRUTH)
def test_special_days_beat_holidays_and_holidays_beat_the_regular_week(
    regular: bool, holiday: bool, special: bool, expected: bool
) -> None:
    """特殊工作时间 > 节假日 > 常规工作时间, for all eight combinations (S1-12.3b)."""
    day = date(2026, 5, 6)  # a Wednesday
    service = calendar(
        regular=OFFICE if regular else Week(),
        holidays=(Holiday(first=day),) if holiday else (),
        special=(SpecialDay(day=day, intervals=DUTY),) if special else (),
    )
    assert is_open(service, shanghai(6, "10:30:00")) is expected
    # To the second, by the rule that knows the day: the duty is from 10 to 12, the regular day from 9 to 18.
    begins, ends = ("10:00:00", "12:00:00") if special else ("09:00:00", "18:00:00")
    edges = [shanghai(6, begins) - SECOND, shanghai(6, begins), shanghai(6, ends) - SECOND, shanghai(6, ends)]
    assert [is_open(service, at) for at in edges] == [False, expected, expected, False]


@pytest.mark.parametrize(("regular", "holiday"), [(r, h) for r in (False, True) for h in (False, True)])
def test_a_special_day_without_intervals_is_closed_whatever_the_other_rules_say(regular: bool, holiday: bool) -> None:
    day = date(2026, 5, 6)
    service = calendar(
        regular=OFFICE if regular else Week(),
        holidays=(Holiday(first=day),) if holiday else (),
        special=(SpecialDay(day=day),),
    )
    assert not is_open(service, shanghai(6, "10:30:00"))


def test_a_special_day_replaces_the_regular_hours_instead_of_adding_to_them() -> None:
    service = calendar(regular=OFFICE, special=(SpecialDay(day=date(2026, 5, 6), intervals=DUTY),))
    assert is_open(service, shanghai(6, "11:59:59"))
    assert not is_open(service, shanghai(6, "14:00:00"))


@pytest.mark.parametrize(
    ("opens", "closes", "rule"),
    [
        (shanghai(6, "09:00:00"), shanghai(6, "18:00:00"), {"regular": OFFICE}),
        (
            shanghai(2, "10:00:00"),
            shanghai(2, "12:00:00"),
            {
                "regular": OFFICE,
                "holidays": (Holiday(first=date(2026, 5, 1), last=date(2026, 5, 5)),),
                "special": (SpecialDay(day=date(2026, 5, 2), intervals=DUTY),),
            },
        ),
        (shanghai(8, "22:00:00"), shanghai(9, "02:00:00"), {"regular": Week(fri=hours("22:00-02:00"))}),
        (shanghai(9, "00:00:00"), shanghai(10, "00:00:00"), {"regular": Week(sat=hours("00:00-24:00"))}),
    ],
    ids=["regular", "duty day inside a holiday", "over midnight", "whole day"],
)
def test_the_first_second_is_inside_and_the_last_boundary_is_outside(
    opens: datetime, closes: datetime, rule: dict[str, object]
) -> None:
    service = calendar(**rule)
    assert [is_open(service, at) for at in (opens - SECOND, opens, closes - SECOND, closes)] == [
        False,
        True,
        True,
        False,
    ]
    assert next_change(service, opens - SECOND) == opens
    assert next_change(service, opens) == closes


def test_a_holiday_closes_its_first_and_its_last_day_and_no_other() -> None:
    service = calendar(
        regular=Week(**dict.fromkeys(WEEKDAYS, NINE_TO_SIX)),
        holidays=(Holiday(first=date(2026, 5, 1), last=date(2026, 5, 5)),),
    )
    noons = {day: is_open(service, shanghai(day, "12:00:00")) for day in range(1, 7)}
    assert noons == {1: False, 2: False, 3: False, 4: False, 5: False, 6: True}
    assert is_open(service, shanghai(30, "12:00:00", month=4))


def test_a_night_shift_runs_on_into_a_holiday_and_a_holiday_starts_none() -> None:
    """A day's rule decides the shifts that start on it: nobody goes home at midnight because a holiday begins
    (S1-12.3a)."""
    service = calendar(
        regular=Week(fri=hours("22:00-02:00"), sat=hours("22:00-02:00")),
        holidays=(Holiday(first=date(2026, 5, 9)),),  # the Saturday
    )
    assert is_open(service, shanghai(9, "01:59:59"))
    assert not is_open(service, shanghai(9, "22:00:00"))
    assert not is_open(service, shanghai(10, "01:00:00"))


def test_a_special_day_does_not_cut_the_night_shift_of_the_day_before() -> None:
    service = calendar(
        regular=Week(fri=hours("22:00-02:00")), special=(SpecialDay(day=date(2026, 5, 9), intervals=DUTY),)
    )
    assert is_open(service, shanghai(9, "01:59:59"))
    assert not is_open(service, shanghai(9, "02:00:00"))


def test_a_lunch_break_is_outside() -> None:
    """S1-12.3a"""
    service = calendar(regular=Week(wed=hours("09:00-12:00", "13:30-18:00")))
    states = [is_open(service, shanghai(6, clock)) for clock in ("11:59:59", "12:00:00", "13:29:59", "13:30:00")]
    assert states == [True, False, False, True]


def test_intervals_that_touch_are_one_stretch_without_a_change_between() -> None:
    service = calendar(regular=Week(fri=hours("20:00-24:00"), sat=hours("00:00-06:00")))
    assert next_change(service, shanghai(8, "20:00:00")) == shanghai(9, "06:00:00")


@pytest.mark.parametrize("intervals", [(), hours("00:00-24:00")], ids=["never open", "always open"])
def test_hours_that_never_turn_have_no_next_change(intervals: tuple[Interval, ...]) -> None:
    service = calendar(regular=Week(**dict.fromkeys(WEEKDAYS, intervals)))
    assert next_change(service, shanghai(6, "10:00:00")) is None


def test_the_same_instant_is_judged_in_the_zone_of_the_calendar() -> None:
    at = datetime(2026, 5, 6, 8, tzinfo=UTC)  # 16:00 in Shanghai, 10:00 in Berlin, 04:00 in New York
    zones = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")
    assert [is_open(calendar(regular=OFFICE, timezone=zone), at) for zone in zones] == [True, True, False]


def test_an_instant_without_a_zone_is_refused_instead_of_guessed() -> None:
    with pytest.raises(ValueError, match="aware"):
        is_open(calendar(regular=OFFICE), datetime(2026, 5, 6, 8))  # noqa: DTZ001


def changes(service: Calendar, at: datetime, until: datetime) -> list[str]:
    found = []
    while (at := next_change(service, at) or until) < until:
        found.append(f"{at:%H:%M}Z {'open' if is_open(service, at) else 'closed'}")
    return found


@pytest.mark.parametrize(
    ("day", "interval", "expected"),
    [
        # 8 March 2026: New York's wall jumps from 02:00 to 03:00 at 07:00Z.
        ("2026-03-08", "02:30-05:00", ["07:00Z open", "09:00Z closed"]),
        ("2026-03-08", "01:00-02:30", ["06:00Z open", "07:00Z closed"]),
        ("2026-03-08", "02:10-02:50", []),
        ("2026-03-08", "09:00-10:00", ["13:00Z open", "14:00Z closed"]),
        # 1 November 2026: the wall goes back from 02:00 to 01:00 at 06:00Z.
        ("2026-11-01", "00:00-01:30", ["04:00Z open", "05:30Z closed", "06:00Z open", "06:30Z closed"]),
        ("2026-11-01", "00:30-03:00", ["04:30Z open", "08:00Z closed"]),
    ],
)
def test_where_clocks_are_moved_open_is_what_the_wall_clock_shows(
    day: str, interval: str, expected: list[str]
) -> None:
    service = calendar(timezone="America/New_York", regular=Week(sun=hours(interval)))
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert changes(service, start, start + timedelta(hours=30)) == expected


half_hours = st.builds(lambda n: f"{n // 2:02}:{n % 2 * 30:02}", st.integers(0, 47))
days = st.lists(st.builds(Interval, start=half_hours, end=half_hours), max_size=3).map(tuple)


@settings(max_examples=60, deadline=None)
@given(
    week=st.builds(Week, **dict.fromkeys(WEEKDAYS, days)),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    start=st.datetimes(datetime(2026, 3, 6), datetime(2026, 11, 3), timezones=st.just(UTC)),  # noqa: DTZ001
    special=st.one_of(st.none(), days),
)
def test_the_announced_change_is_the_first_one(
    week: Week, zone: str, start: datetime, special: tuple[Interval, ...] | None
) -> None:
    """Checked against a walk in steps of half an hour, on which all boundaries and clock changes here lie."""
    start = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    given_day = () if special is None else (SpecialDay(day=start.date(), intervals=special),)
    service = calendar(regular=week, timezone=zone, special=given_day)
    was = is_open(service, start)
    walk = (start + n * timedelta(minutes=30) for n in range(1, 48 * 4))
    first = next((at for at in walk if is_open(service, at) != was), None)
    announced = next_change(service, start)
    if first is None:
        assert announced is None or announced > start + timedelta(days=3)
    else:
        assert announced == first


def test_the_chinese_year_2026_is_open_on_its_248_working_days_and_closed_in_all_other_hours() -> None:
    """Everything outside regular and special hours is non-service time, holidays included, hour by hour (S1-12.3c)."""
    service = calendar(regular=OFFICE, holidays=HOLIDAYS[2026], special=worked(2026, NINE_TO_SIX))
    new_year = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    open_hours: dict[date, list[int]] = {}
    for hour in range(365 * 24):
        at = new_year + timedelta(hours=hour)
        if is_open(service, at):
            open_hours.setdefault(at.date(), []).append(at.hour)
    assert len(open_hours) == 248
    assert set(map(tuple, open_hours.values())) == {tuple(range(9, 18))}
    assert {date(2026, 2, 14), date(2026, 10, 10)} <= set(open_hours)
    assert not {date(2026, 2, 23), date(2026, 5, 5), date(2026, 10, 7)} & set(open_hours)


def test_the_shipped_table_has_the_weekdays_and_lengths_that_the_notice_prints() -> None:
    """The notice names each date's weekday and each holiday's number of days: a slip of the pen shows here."""
    spans = [(h.first, h.last or h.first) for h in HOLIDAYS[2026]]
    rows = [f"{WEEKDAYS[a.weekday()]}-{WEEKDAYS[b.weekday()]} {(b - a).days + 1}" for a, b in spans]
    assert rows == ["thu-sat 3", "sun-mon 9", "sat-mon 3", "fri-tue 5", "fri-sun 3", "fri-sun 3", "thu-wed 7"]
    assert [WEEKDAYS[day.weekday()] for day, _ in WORKDAYS[2026]] == ["sun", "sat", "sat", "sat", "sun", "sat"]
    assert not any(first <= day <= last for first, last in spans for day, _ in WORKDAYS[2026])


def test_a_year_without_a_published_notice_has_the_days_of_the_law_and_no_working_days_made_up() -> None:
    """Thirteen days: 元旦 1, 春节 4, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆 3."""
    for year in PROVISIONAL:
        assert worked(year, NINE_TO_SIX) == ()
        lengths = [((h.last or h.first) - h.first).days + 1 for h in HOLIDAYS[year]]
        assert (lengths, {h.first.year for h in HOLIDAYS[year]}) == ([1, 4, 1, 2, 1, 1, 3], {year})


@pytest.mark.parametrize("year", sorted(HOLIDAYS))
def test_the_feasts_of_the_moon_stand_in_the_month_and_on_the_day_that_the_moon_says(year: int) -> None:
    """A new moon begins a month, and 春节; 端午 is four days after one, 中秋 fourteen."""
    new_moons = {2026: ("02-17", "06-15", "09-11"), 2027: ("02-06", "06-05", "09-01")}[year]
    spring, dragon, autumn = (date.fromisoformat(f"{year}-{day}") for day in new_moons)
    by_name = {h.name: h for h in HOLIDAYS[year]}
    assert by_name["春节"].covers(spring) and by_name["春节"].covers(spring - timedelta(days=1))
    assert by_name["端午节"].covers(dragon + timedelta(days=4))
    assert by_name["中秋节"].covers(autumn + timedelta(days=14))


LIST = """\ufeff日期,名称,类型
# 国庆
2027-10-01/2027-10-07,国庆节,off
2027-09-26，国庆节调休，班
2027.10.9\t国庆节调休\twork

2027-12-31,公司日,休
"""


def test_a_list_of_holidays_is_read_as_people_and_spreadsheets_write_it() -> None:
    """S1-12.3a"""
    listed = read(LIST)
    assert listed.problems == ()
    assert [day.isoformat() for day, _ in listed.work] == ["2027-09-26", "2027-10-09"]
    assert [day.day for day, name in listed.off if name == "国庆节"] == [1, 2, 3, 4, 5, 6, 7]
    assert listed.off[-1] == (date(2027, 12, 31), "公司日")


def test_every_line_that_cannot_be_used_is_named() -> None:
    rows = {
        "2027-10-01,国庆节": ListCode.LINE_UNREADABLE,
        "2027-02-30,春节,off": ListCode.DAY_UNREADABLE,
        "10月1日,国庆节,off": ListCode.DAY_UNREADABLE,
        "2027-10-01,国庆节,maybe": ListCode.KIND_UNKNOWN,
        "2027-10-07/2027-10-01,国庆节,off": ListCode.STRETCH_BACKWARDS,
        "2027-01-01/2027-12-31,全年,off": ListCode.STRETCH_TOO_LONG,
        "2027-10-03,国庆节,work": ListCode.DAY_REPEATED,
        f"2027-11-01,{'长' * 51},off": ListCode.NAME_TOO_LONG,
    }
    listed = read("2027-10-02/2027-10-04,国庆节,off\n" + "\n".join(rows))
    assert [(p.line, p.code) for p in listed.problems] == list(enumerate(rows.values(), 2))
    many = "\n".join(f"{date(2027, 1, 1) + timedelta(days=n)},x,off" for n in range(367))
    assert [p.code for p in read(many).problems] == [ListCode.TOO_MANY_DAYS]


def test_a_calendar_takes_a_list_over_once_and_its_own_days_stay() -> None:
    """S1-12.3a: the shipped table first, then the year's notice over it; importing it again changes nothing."""
    own = (Holiday(first=date(2027, 7, 1), name="店庆"), SpecialDay(day=date(2027, 10, 2), intervals=DUTY))
    service = calendar(regular=OFFICE, holidays=(*HOLIDAYS[2027], own[0]), special=(own[1],))
    after = take_over(service, read(LIST))
    assert take_over(after, read(LIST)) == after
    assert problems(after) == []
    names = {h.name: (h.first.isoformat(), str(h.last)) for h in after.holidays}
    assert names["国庆节"] == ("2027-10-01", "2027-10-07")
    assert names["店庆"] == ("2027-07-01", "2027-07-01")
    assert [s.day.isoformat() for s in after.special] == ["2027-09-26", "2027-10-02", "2027-10-09"]  # 10-02 is a duty
    sunday = datetime(2027, 9, 26, 17, 59, 59, tzinfo=SHANGHAI)
    assert (is_open(after, sunday), is_open(after, sunday + SECOND)) == (True, False)
    assert take_over(service, read(LIST), DUTY).special[0].intervals == DUTY


def test_a_corrected_list_takes_back_the_working_days_of_the_one_before_it() -> None:
    """S1-12.3a: a 调休 that is off after all is closed; the duty that somebody entered by hand is not touched."""
    duty = SpecialDay(day=date(2027, 2, 7), intervals=DUTY)
    first = take_over(calendar(regular=OFFICE, special=(duty,)), read("2027-02-06,春节调休,work"))
    saturday = datetime(2027, 2, 6, 10, tzinfo=SHANGHAI)
    assert is_open(first, saturday)
    corrected = take_over(first, read("2027-02-05/2027-02-11,春节,off"))
    assert (is_open(corrected, saturday), corrected.special) == (False, (duty,))


def test_between_its_first_day_and_its_last_a_list_is_the_whole_truth() -> None:
    """S1-12.3a: a day that it does not name is a day like any other again, worked or off; what an earlier list said of
    other weeks stays, and so does what somebody entered by hand."""
    own = (Holiday(first=date(2027, 10, 8), name="店庆"), SpecialDay(day=date(2027, 10, 10), intervals=DUTY))
    service = calendar(regular=OFFICE, holidays=(own[0],), special=(own[1],))
    before = take_over(service, read("2027-09-20/2027-09-30,长假,off\n2027-10-31,调休,work"))
    days = ("2027-09-26,国庆调休,work", "2027-10-01/2027-10-07,国庆节,off", "2027-10-09,国庆调休,work")
    first = take_over(before, read("\n".join(days)))
    days = ("2027-09-25,国庆调休,work", "2027-10-01/2027-10-06,国庆节,off", "2027-10-16,国庆调休,work")
    corrected = take_over(first, read("\n".join(days)))
    assert take_over(corrected, read("\n".join(days))) == corrected
    assert [(h.first.isoformat(), str(h.last), h.name) for h in corrected.holidays] == [
        ("2027-09-20", "2027-09-24", "长假"),
        ("2027-10-01", "2027-10-06", "国庆节"),
        ("2027-10-08", "2027-10-08", "店庆"),
    ]
    assert [s.day.isoformat() for s in corrected.special] == ["2027-09-25", "2027-10-10", "2027-10-16", "2027-10-31"]


@pytest.mark.parametrize("text", ["", "\n \n", "日期,名称,类型\n# 国庆"])
def test_a_list_without_a_day_is_no_list(text: str) -> None:
    """S1-12.3a: whoever sends one has made a mistake, and hears of it."""
    assert [p.code for p in read(text).problems] == [ListCode.NO_DAYS]


def test_the_shipped_years_can_be_written_as_a_list_and_read_again() -> None:
    for year, holidays in HOLIDAYS.items():
        listed = read(write(holidays, WORKDAYS.get(year, ())))
        assert listed.problems == ()
        assert take_over(calendar(), listed, DUTY).holidays == holidays
        assert listed.work == WORKDAYS.get(year, ())


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"timezone": "Asia/Peking"}, "$.timezone", ProblemCode.UNKNOWN_TIMEZONE),
        ({"timezone": "Asia"}, "$.timezone", ProblemCode.UNKNOWN_TIMEZONE),
        ({"timezone": "../etc/passwd"}, "$.timezone", ProblemCode.UNKNOWN_TIMEZONE),
        ({"regular": Week(tue=hours("09:00-09:00"))}, "$.regular.tue[0]", ProblemCode.EMPTY_INTERVAL),
        ({"regular": Week(tue=hours("13:00-18:00", "09:00-12:00"))}, "$.regular.tue[1]", ProblemCode.UNSORTED),
        ({"regular": Week(tue=hours("09:00-12:30", "12:00-18:00"))}, "$.regular.tue[1]", ProblemCode.OVERLAP),
        (
            {"regular": Week(sun=hours("22:00-02:00"), mon=hours("01:00-05:00"))},
            "$.regular.mon[0]",
            ProblemCode.OVERLAP,
        ),
        (
            {"holidays": (Holiday(first=date(2026, 5, 5), last=date(2026, 5, 1)),)},
            "$.holidays[0].last",
            ProblemCode.HOLIDAY_BACKWARDS,
        ),
        (
            {"special": (SpecialDay(day=date(2026, 5, 9)), SpecialDay(day=date(2026, 5, 9), intervals=DUTY))},
            "$.special[1].day",
            ProblemCode.SPECIAL_REPEATED,
        ),
        (
            {"special": (SpecialDay(day=date(2026, 5, 9), intervals=hours("10:00-10:00")),)},
            "$.special[0].intervals[0]",
            ProblemCode.EMPTY_INTERVAL,
        ),
    ],
)
def test_a_mistake_in_a_calendar_is_named_with_its_place(
    parts: dict[str, object], path: str, code: ProblemCode
) -> None:
    assert problems(calendar(**parts)) == [Problem(path, code)]


def test_all_mistakes_of_a_calendar_are_told_at_once() -> None:
    service = calendar(
        timezone="Mars/Base", regular=Week(mon=hours("09:00-09:00")), special=(SpecialDay(day=date(2026, 5, 9)),) * 2
    )
    assert [problem.path for problem in problems(service)] == ["$.timezone", "$.regular.mon[0]", "$.special[1].day"]


def test_a_sound_calendar_has_no_problems() -> None:
    service = calendar(
        regular=Week(mon=hours("00:00-02:00", "09:00-12:00", "13:30-24:00"), sun=hours("18:00-24:00")),
        holidays=(*HOLIDAYS[2026], Holiday(first=date(2026, 7, 1), last=date(2026, 7, 1))),
        special=worked(2026, NINE_TO_SIX),
    )
    assert problems(service) == []


@pytest.mark.parametrize("wrong", ["9:00", "24:00", "09:60", "09:00\n", "0900", "", "25:00"])
def test_a_start_that_is_no_time_of_day_is_refused(wrong: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.start"):
        msgspec.convert({"start": wrong, "end": "24:00"}, Interval)


def test_a_calendar_survives_the_trip_through_json_and_a_mistyped_field_is_refused() -> None:
    service = calendar(regular=OFFICE, holidays=HOLIDAYS[2026], special=worked(2026, DUTY))
    assert msgspec.json.decode(msgspec.json.encode(service), type=Calendar) == service
    with pytest.raises(msgspec.ValidationError, match="holliday"):
        msgspec.convert({"id": "desk", "name": "客服", "hollidays": []}, Calendar)


def test_a_holiday_of_eight_thousand_years_loses_one_day_without_a_list_of_its_days() -> None:
    calendar = Calendar(id="c", name="c", holidays=(Holiday(first=date.min, last=date(8_000, 1, 1), name="长假"),))
    tracemalloc.start()
    left = take_over(calendar, read("2027-05-01,加班,work")).holidays
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(h.first, h.last) for h in left] == [
        (date.min, date(2027, 4, 30)), (date(2027, 5, 2), date(8_000, 1, 1)),
    ]  # fmt: skip
    assert most < 1_000_000
