"""What a visitor may write into a form, and what is kept of it."""

import pytest

from chatserver.flow.form import MAX_LENGTH, FormField, Kind, check_answers
from chatserver.kernel.errors import ErrorCode, Refused


def field(kind: Kind, required: bool = True, options: tuple[str, ...] = ()) -> FormField:
    return FormField(key="it", label="这一项", kind=kind, required=required, options=options)


def kept(kind: Kind, typed: str, options: tuple[str, ...] = ()) -> str:
    ((_, _, value),) = check_answers((field(kind, options=options),), {"it": typed})
    return value


def refusal(fields: tuple[FormField, ...], values: dict[str, str]) -> Refused:
    with pytest.raises(Refused) as caught:
        check_answers(fields, values)
    return caught.value


@pytest.mark.parametrize(
    "number",
    [
        "13800000000",
        "138 0000 0000",
        "138-0000-0000",
        "+86 13800000000",
        "+86-138-0000-0000",
        "008613800000000",
        "１３８００００００００",
        "010-65000000",
        "(021) 6500 0000",
        "0755-26000000-801",
        "0755-26000000转801",
        "+86 21 65000000",
        "400-800-0000",
        "4008000000",
        "+852 2300 0000",
        "+1 (212) 555-0100",
        "0044 20 7946 0000",
    ],
)
def test_a_number_that_can_be_called_back_is_taken(number: str) -> None:
    assert kept("tel", number)


@pytest.mark.parametrize(
    "number",
    [
        "1380000000",
        "138000000000",
        "12800000000",
        "65000000",
        "010-1234567",
        "+86 12345",
        "+12345",
        "+1234567890123456",
        "手机号",
        "1380000000a",
        "13800000000 13900000000",
    ],
)
def test_a_number_that_cannot_be_called_back_is_refused(number: str) -> None:
    assert refusal((field("tel"),), {"it": number}).code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "first.last+tag@mail.example.com.cn",
        "demo＠example．com",
        "客服@示例.公司",
        "x@example.xn--p1ai",
    ],
)
def test_an_address_that_mail_could_reach_is_taken(address: str) -> None:
    assert kept("email", address)


@pytest.mark.parametrize(
    "address",
    [
        "example.com",
        "a@",
        "@example.com",
        "a@example",
        "a@@example.com",
        "a@b@example.com",
        "a b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@example..com",
        "a@-example.com",
        "a@127.0.0.1",
        "<a@example.com>",
        "a" * 65 + "@example.com",
    ],
)
def test_an_address_that_mail_could_never_reach_is_refused(address: str) -> None:
    assert refusal((field("email"),), {"it": address}).code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("text", "  王\t 女士\n ", "王 女士"),
        ("textarea", "  第一行\r\n第二行\r第三行  ", "第一行\n第二行\n第三行"),
        ("tel", " １３８ ００００ ００００ ", "138 0000 0000"),
        ("select", " 售前  咨询 ", "售前 咨询"),
    ],
)
def test_what_is_kept_is_trimmed_and_in_plain_characters(kind: Kind, typed: str, value: str) -> None:
    assert kept(kind, typed, options=("售前 咨询 ",)) == value


@pytest.mark.parametrize(
    "typed",
    ["2027-01-05", "2027/1/5", "2027.01.5", "2027年1月5日", " ２０２７年１月５日 ", "20270105", "2027 年 1 月 5 日"],
)
def test_a_day_is_kept_as_a_browser_sends_it_however_it_is_written(typed: str) -> None:
    """S1-5.1.2"""
    assert kept("date", typed) == "2027-01-05"


@pytest.mark.parametrize(
    "typed", ["2027-02-30", "2027-13-01", "01/05/2027", "明天", "2027-1", "0000-01-01", "2027-01-05T09:00"]
)
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    assert refusal((field("date"),), {"it": typed}).code is ErrorCode.FIELD_INVALID


def test_only_an_offered_option_can_be_selected() -> None:
    """S1-5.1.2"""
    assert refusal((field("select", options=("售前", "售后")),), {"it": "投诉"}).code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize("kind", ["text", "textarea"])
def test_an_answer_of_the_longest_length_is_taken_and_one_character_more_is_refused(kind: Kind) -> None:
    longest = "字" * MAX_LENGTH[kind]
    assert kept(kind, f" {longest} ") == longest
    assert refusal((field(kind),), {"it": longest + "字"}).code is ErrorCode.FIELD_INVALID


def test_a_flood_of_blanks_is_refused_and_not_cleaned() -> None:
    assert refusal((field("text", required=False),), {"it": " " * 4000}).code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize("typed", ["a\x00b", "a\x1bb", "100\u202e元", "a\u2067b"])
def test_what_nobody_sees_or_turns_words_around_is_refused(typed: str) -> None:
    assert refusal((field("text"),), {"it": typed}).code is ErrorCode.FIELD_INVALID


def test_scripts_from_right_to_left_and_joined_emoji_are_words_like_others() -> None:
    assert kept("text", "שלום 👨‍👩‍👧") == "שלום 👨‍👩‍👧"


@pytest.mark.parametrize("values", [{}, {"it": ""}, {"it": " \n"}])
def test_a_refusal_names_the_field_and_its_label_so_that_the_visitor_knows_which(values: dict[str, str]) -> None:
    refused = refusal((field("text"),), values)
    assert refused.code is ErrorCode.FIELD_REQUIRED
    assert refused.data == {"field": "it", "label": "这一项"}


NAME = FormField(key="name", label="姓名")
PHONE = FormField(key="phone", label="电话", kind="tel", required=True)


def test_answers_come_back_in_the_order_of_the_form_with_their_labels_and_without_the_unfilled() -> None:
    story = FormField(key="story", label="说明", kind="textarea")
    values = {"story": "请回电", "name": " ", "phone": "13800000000"}
    assert check_answers((NAME, PHONE, story), values) == (
        ("phone", "电话", "13800000000"),
        ("story", "说明", "请回电"),
    )


def test_an_optional_field_is_checked_when_it_is_filled() -> None:
    assert refusal((field("email", required=False),), {"it": "nonsense"}).code is ErrorCode.FIELD_INVALID


def test_a_key_that_the_form_does_not_have_is_refused_by_its_path() -> None:
    refused = refusal((PHONE,), {"phone": "13800000000", "role": "admin"})
    assert refused.code is ErrorCode.BAD_REQUEST
    assert refused.data == {"path": "$.values.role"}


def test_a_wholly_empty_form_is_no_message_even_when_nothing_is_required() -> None:
    refused = refusal((NAME,), {"name": ""})
    assert refused.code is ErrorCode.FIELD_REQUIRED
    assert refused.data["field"] == "name"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", "12"),
        ("１２．５", "12.5"),
        ("-3", "-3"),
        (" +7 ", "+7"),
        ("1,234,567.80", "1234567.80"),
        (".5", ".5"),
        ("007", "007"),
        ("100元", "100"),
        ("￥99.90 块钱。", "99.90"),
        ("100。", "100"),
        ("1 000 000", "1000000"),
        ("−5", "-5"),
    ],
)
def test_a_number_is_taken_as_it_is_written(typed: str, number: str) -> None:
    """S1-5.1.1a: an order number keeps its noughts; a Chinese keyboard's figures are figures."""
    assert kept("number", typed) == number


@pytest.mark.parametrize(
    "typed",
    ["十二", "12 件", "1,2", "12 34", "1,000 000", "138 0000 0000", "元", "12,34", "1e5", "--1", ".", "1" * 21, "NaN"],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert refusal((field("number"),), {"it": typed}).code is ErrorCode.FIELD_INVALID
