"""docs/scenarios.md: how to read and write a scenario, and the list of those that exist."""

from pathlib import Path

from tools.reference.markdown import code, fenced, page, table
from tools.reference.mentions import ID, ROOT, comment_of, in_scenarios, name, scenario_files

INTRO = """
A scenario is the product's behaviour in sentences, with virtual time. Every file in `tests/scenarios/` is run twice: on
the pure machines, and through the real engine with its mailbox, group commit and scheduler. Both must say exactly the
lines that begin with `>`, in this order and no others. Nothing sleeps: hours pass in milliseconds. A bug begins with a
scenario that is named after it.
"""

READING = """
Time is `minutes:seconds` or `hours:minutes:seconds` since Tuesday, 1 January 2030, 09:00 in Shanghai, and only goes
forward. Names are what people write. A line that begins with `#` is a comment, as is all that follows two spaces and
`#`.
"""

Lines = tuple[tuple[tuple[str, ...], str], ...]
"""Lines that mean the same kind of thing, and what they mean. A test reads each of them as a scenario would."""

DECLARATIONS: Lines = (
    (
        (
            "settings idle_close_after=180 soothe=30,90 soothe_queue=20 soothe_hold=60 connection_grace=30",
            "settings shifts=08:00,20:00",
            "settings rating_valid_for=3600 rating_levels=1:不好:慢/贵,2:好:快",
        ),
        "fields of `conversation` in [settings.md](settings.md); `soothe` is the waits before the soothing replies, "
        "`soothe_queue` and `soothe_hold` those in the queue and on hold, "
        "`connection_grace` is of the agents, `shifts` of the workspace; `rating_` is of the survey, its levels with "
        "their tags",
    ),
    (("group 售前 strategy=round_robin queue_limit=1",), "a group, with its settings"),
    (("status outbound takes_new",), "a status of the workspace's own; `takes_new`: conversations are assigned in it"),
    (
        ("calendar 工作时间 09:00-18:00 holiday=2030-01-02 special=2030-01-05:10:00-12:00",),
        "service hours, the same on every weekday",
    ),
    (("visitor c1 page_url=https://shop.example.com/ visits=3 verified=true",), "what is known of a visitor"),
    (("bot 小助",), "a bot; what it answers is written by hand"),
    (
        ("agent 小李 groups=售前,售后 min=1 max=3 initial=busy channels=web,h5 web_max=2 active=no",),
        "an agent, with the channels that are given automatically and the most of one; again, when the agent changes",
    ),
)

NODES: Lines = (
    (("node a start -> b",), "where everybody enters"),
    (("node b say 您好 -> c",), "says something"),
    (("node c hours 工作时间 | open -> d | closed -> f",), "the name of a calendar, and where to go"),
    (("node d menu 请选择 -> f | 1 售前 -> e | 2 留言 -> f",), "`-> f`, where given, is for answers not understood"),
    (("node e group 售前 5 -> f",), "5 is the priority; `f` is for whom the queue turns away"),
    (
        ("node h ask 您的电话？ -> e | phone tel 电话 | wrong 号码有误 | missed 2 -> f",),
        "key, kind and label of the field; the reason for asking again; where to go after 2 wrong answers",
    ),
    (("node i ask 什么事？ -> j | topic select 类型: 退货, 换货",), "one of several"),
    (
        ("node j condition -> e | answer:topic is 退货, visits at_least 3 -> e | weekday one_of sat/sun -> f",),
        "the first branch whose clauses all hold; `-> e` is for all others",
    ),
    (("node k jump -> d",), "goes on at another node"),
    (
        ("node l bot 小助 您好 -> e | max_misses 2 | max_turns 9 | timeout 10 | failed -> f",),
        "the bot's name and its first words; `-> e` is for whoever wants a person",
    ),
    (
        ("node m webhook https://example.com/hook -> j | save data.level level | timeout 5 | failed -> f",),
        "asks a server, and keeps values of its answer as answers of the visitor",
    ),
    (("node f form 请留言 -> g | 称呼* | 电话*",), "`*`: required; a label with 电话 takes telephone numbers"),
    (("node g end 再见",), "the last words"),
)

DEEDS: Lines = (
    (("c1: 你好",), "the visitor c1 writes; the conversation has the same name"),
    (("v1/c2: 你好",), "the visitor v1 writes, in what is or will be conversation c2"),
    (("c1 arrives",), "the visitor opens the window"),
    (("c1 taps 1",), "the visitor taps the option with that key, on the menu that asks"),
    (("c1 submits 张三 | 13800000000",), "the visitor fills the form, field by field"),
    (("小李 replies c1 已退款",), "the agent answers the message that was left in c1"),
    (("c1 quits", "c1 ends", "c1 reads"), "leaves the queue; ends the conversation; has read everything"),
    (("c1 quits keep", "c1 quits call_back"), "keeps the place while away; leaves a message instead"),
    (
        ("c1 delivered 2", "c1 undelivered refused"),
        "the channel has sent the last line as so many messages; it could not be sent, and why",
    ),
    (("c1 rates 5 专业",), "answers the question about the service: score, then tags"),
    (
        ("小助 answers c1 七天内可退 | 运费谁出", "小助 shrugs c1 没听懂", "小助 passes c1 转人工", "小助 fails c1"),
        "the bot answers with a question to ask next; has no answer; wants a person; breaks",
    ),
    (("server answers c1 level=3", "server fails c1"), "what a webhook asked comes back, or does not"),
    (("小李 to c1: 您好", "小李 to c1: (note) 老客户"), "the agent writes to the visitor; writes a note"),
    (
        ("小李 to c1: (note @小李) 请看", "小李 to c1: (whisper) 可以退"),
        "a note that mentions a colleague; one for the agent who serves",
    ),
    (
        ("c1: (quote) 好的", "小李 to c1: (quote) 明白", "c1: (image)"),
        "answers the other side's last line; sends a picture",
    ),
    (("小李 edits c1: 您好！", "小李 recalls c1", "c1 recalls"), "changes, or takes back, the own last line"),
    (("小李 signs in", "小李 signs out"), "a login that opens the console d1; a logout that closes it"),
    (("小李 logs in", "小李 logs out", "小李 is busy"), "the same without a console; chooses a status"),
    (("小李 connects d1", "小李 disconnects d1", "小李 restarts"), "a console comes or goes; the server starts again"),
    (("小李 takes c1", "小李 closes c1", "小李 sees c1"), "takes from the queue; ends; has read everything"),
    (("小李 accepts c1", "小李 declines c1"), "answers what is offered"),
    (("小李 transfers c1 to 售后: 老客户", "小李 invites c1"), "to a group or agent, with a note; asks for a rating"),
    (
        ("小李 calls 小李 to c1", "小李 leaves c1", "小李 takes over c1"),
        "asks a colleague to help; helps no longer; serves instead of a colleague",
    ),
    (("小李 holds c1", "小李 resumes c1"), "puts the visitor on hold; is back"),
    (("小李 tags c1 退货,加急", "小李 summarises c1 t1 结果=已退"), "files tags, and a filled template"),
    (("c1 loses 退货",), "the tag is deleted, and so from c1"),
    (("小李 bans c1 600", "小李 unbans c1"), "keeps the visitor out, for so many seconds; lets them in again"),
    (("the flow changes",), "a new version of it is published; `the flow changes 50 times` publishes so many"),
    (("wait",), "nothing is done; time has come to here"),
)

EXPECTED = """
`> NAME EVENT field=value …` says that this happened: the events of [states.md](states.md) and of agents, with the
fields that matter to a person. `> refused CODE` says that the line above was refused (the codes are in
[protocol.md](protocol.md)). What the line above says by itself (somebody wrote, somebody read) and bookkeeping are left
out; `HIDDEN` in `tests/scenario.py` lists them. What is due while time passes stands behind the line whose time it
reached.
"""

WRITING = """
1. Write the file: a first line `# 标题 (S1-…)` with the requirement, then what happens, without any `>` line.
2. Run `.venv/bin/python -m pytest tests/test_scenarios.py -k NAME`. The difference shows what did happen.
3. Read it as a customer would. Put the lines that are right into the file; what is not right is the bug.
4. `make gen` adds it to the list below and to [requirements.md](requirements.md).
"""


def scenarios() -> str:
    example = scenario_files()[0]
    return page(
        "Scenarios 场景",
        INTRO,
        "## An example",
        f"`{name(example)}`:",
        fenced("text", example.read_text("utf-8")),
        "## Reading one",
        READING,
        "First the workspace:",
        lines(DECLARATIONS),
        "The nodes of the flow; without any, visitors go to the first group:",
        lines(NODES),
        "Then, behind a time, what people do:",
        lines(DEEDS),
        EXPECTED,
        "## Writing one",
        WRITING,
        "## All of them",
        table(("File", "About", "Requirements"), (row(file) for file in scenario_files())),
    )


def lines(known: Lines) -> str:
    return table(("Line", "Meaning"), ((" · ".join(map(code, said)), meaning) for said, meaning in known))


def row(file: Path) -> tuple[str, ...]:
    ids = sorted({m.requirement for m in in_scenarios() if ROOT / m.file == file})
    about = ID.sub("", comment_of(file)).partition("(")[0].strip()
    return (f"[{file.stem}](../{name(file)})", about, ", ".join(code(id) for id in ids))
