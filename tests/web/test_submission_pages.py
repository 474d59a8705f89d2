"""The pages of submissions: signing in, submitting, deciding; whole, in both languages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from openpyxl import load_workbook

from jalon.exchange.sheets.formats import XLSX
from jalon.services.rights import Scope
from web.browsing import ORIGIN, Browser, buttons, made, signed_in, whole
from web.reading import read
from web.stewarded import CALQ, DEF, PREFIXES, Stewarded, open_stewarded, submitted

ACRONYM = f"{DEF}acronym"
WRONG = "period:calq-x a ap:Period ; ap:startYear 2027 ."
CLASHING = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("stewarded")) as opened:
        yield opened


@pytest.fixture
def steward(site: Stewarded) -> Browser:
    return signed_in(site, site.calq)


@pytest.fixture
def reviewer(site: Stewarded) -> Browser:
    return signed_in(site, site.reviewer)


def test_from_a_file_to_a_release_and_back_in_a_browser(
    site: Stewarded, steward: Browser, reviewer: Browser
) -> None:
    before = site.values(CALQ, ACRONYM)
    path = made(steward.submit('organisation:calq ap:acronym "CAL" .', message="Plus court"))
    told = steward.get(path)
    assert "prête" in told.text()
    assert "Plus court" in told.text()
    assert {"Avant", "Après"} < {each.text for each in told.all("th")}
    assert re.search("sigle CALQ CAL ", told.text())
    assert buttons(told) == ["Se déconnecter", "Retirer"]
    number = path.rpartition("/")[2]
    patch = steward.ask("GET", f"{path}/change.rdfp")
    assert patch.text == site.ask("GET", f"/submissions/{number}/change", site.calq).text
    assert patch.headers["cache-control"] == "no-store"
    assert Browser(site).ask("GET", f"{path}/change.rdfp").status_code == 401
    queue = reviewer.get("/en/submissions")
    assert "Waiting for your decision" in queue.text()
    assert queue.links()[f"Submission {number}"] == path.replace("/fr/", "/en/")
    assert buttons(reviewer.get(path)) == ["Se déconnecter", "Approuver et publier", "Rejeter"]
    approved = reviewer.decide(path, "approve", "Vu sur leur site")
    assert (approved.status_code, approved.headers["location"]) == (303, path)
    assert site.values(CALQ, ACRONYM) == {"CAL"}
    published = reviewer.get(path)
    assert "Vu sur leur site" in published.text()
    assert "Eva Gagnon" in published.text()
    assert published.links()[f"Version {site.newest}"] == f"/fr/releases/{site.newest}"
    assert buttons(published) == ["Se déconnecter", "Annuler la publication"]
    assert reviewer.decide(path, "revert").status_code == 303
    assert site.values(CALQ, ACRONYM) == before
    assert buttons(reviewer.get(path)) == ["Se déconnecter"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_are_whole_in_both_languages(
    site: Stewarded, steward: Browser, reviewer: Browser, language: str
) -> None:
    path = made(steward.submit(WRONG, message=CLASHING)).replace("/fr/", f"/{language}/")
    for browser in (steward, reviewer):
        for each in ("/submissions", "/submissions?state=invalid", "/submit"):
            found = browser.get(f"/{language}{each}")
            other = {"en": "fr", "fr": "en"}[language]
            assert f"/{other}{each}" in found.links().values()
        shown = browser.get(path)
        assert CLASHING in shown.text()
        assert not [each for each in shown.elements if each.name == "script"]
    Browser(site).get(f"/{language}/sign-in")


def test_what_is_wrong_is_said_with_its_line_and_mended(steward: Browser) -> None:
    path = made(steward.submit(WRONG))
    text = steward.get(path).text()
    line = PREFIXES.count("\n") + 1
    assert "non valide" in text
    assert f"ligne {line}, colonne" in text
    assert "À corriger" in text
    assert "Thing-startYear-type" in text
    again = steward.get(path).links()["En envoyer une autre à sa place"]
    form = steward.get(again)
    supersedes = next(each for each in form.all("input") if each.get("name") == "supersedes")
    [chosen] = [each for each in form.all("option") if "selected" in each.attributes]
    assert chosen.get("value") == "calq"
    for unknown in ("999", "x", "<b>"):
        assert (
            steward.ask("GET", f"/fr/submit?{urlencode({'supersedes': unknown})}").status_code
            == 404
        )
    mended = made(
        steward.submit(
            'period:calq-x a ap:Period ; ap:startYear "2027"^^xsd:gYear .',
            supersedes=supersedes.get("value"),
        )
    )
    assert "prête" in steward.get(mended).text()
    old = steward.get(path)
    assert "remplacée" in old.text()
    assert old.links()[f"Soumission {mended.rpartition('/')[2]}"] == mended


def test_a_spreadsheet_is_filled_in_sent_mended_and_published(
    site: Stewarded, steward: Browser, reviewer: Browser
) -> None:
    links = steward.get("/fr/submit").links()
    assert {"organisation (Organization)", "organisation (PublicOrganisation)"} < set(links)
    sheet = steward.ask("GET", links["période"]).content
    path = made(send(steward, filled(sheet, "bientôt")))
    found = steward.get(path)
    assert "Cellules à revoir" in found.text()
    [row] = [each.text for each in found.all("tr") if "bientôt" in each.text]
    assert "Année de début" in row
    assert "À corriger" in row
    assert "n'est pas une année" in row
    assert "ligne 1" not in found.text()
    copy = steward.ask("GET", f"{path}/sheet.xlsx")
    assert copy.headers["cache-control"] == "no-store"
    assert "attachment" in copy.headers["content-disposition"]
    remarks = [
        cell.comment.text
        for cells in load_workbook(io.BytesIO(copy.content)).worksheets[0].iter_rows()
        for cell in cells
        if cell.comment and cell.value == "bientôt"
    ]
    assert ["n'est pas une année" in each for each in remarks] == [True]
    assert Browser(site).ask("GET", f"{path}/sheet.xlsx").status_code == 401
    mended = made(send(steward, filled(sheet, 2027)))
    told = steward.get(mended)
    assert "Cellules à revoir" not in told.text()
    assert re.search(r"année de début rien 2027", told.text())
    assert reviewer.decide(mended, "approve").status_code == 303
    assert reviewer.decide(mended, "revert").status_code == 303
    refused = send(steward, filled(sheet, 2027), mode="remove")
    assert "dit d'elle-même ce qu'elle veut dire" in whole(refused, "fr", 400).text()
    whole(send(steward, b"PK nothing"), "fr", 422)


def filled(sheet: bytes, year: str | int) -> bytes:
    """A sheet with one more row, whose first year is this."""
    book = load_workbook(io.BytesIO(sheet))
    first = book.worksheets[0]
    head = [str(cell.value).removesuffix(" *") for cell in first[1]]
    first.cell(first.max_row + 1, 1 + head.index("Année de début")).value = year
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(browser: Browser, workbook: bytes, mode: str = "replace") -> httpx.Response:
    files = {"data": ("calq.xlsx", workbook, XLSX)}
    return browser.ask(
        "POST", "/fr/submit", data={"organisation": "calq", "mode": mode}, files=files
    )


def test_what_is_in_a_file_can_be_taken_away(
    site: Stewarded, steward: Browser, reviewer: Browser
) -> None:
    path = made(steward.submit('organisation:calq ap:acronym "CALQ" .', mode="remove"))
    assert re.search("sigle CALQ rien", steward.get(path).text())
    assert site.get(int(path.rpartition("/")[2]))["mode"] == "change"
    reviewer.decide(path, "reject", "It is theirs")


def test_what_cannot_be_taken_leaves_the_form_filled_in(steward: Browser) -> None:
    for turtle, status, fields in (
        ("", 415, {"name": "calq.doc"}),
        ('organisation:sodec ap:acronym "X" .', 403, {}),
        ("organisation:calq ap:acronym", 400, {}),
        ('organisation:calq ap:acronym "X" .', 403, {"organisation": "sodec"}),
        ('organisation:calq ap:acronym "X" .', 400, {"mode": "all"}),
        ('organisation:calq ap:acronym "X" .', 400, {"organisation": "../calq"}),
        ('organisation:calq ap:acronym "X" .', 404, {"supersedes": "999"}),
    ):
        answer = steward.submit(turtle, message="Pour voir", **fields)
        found = whole(answer, "fr", status)
        assert any(each.get("role") == "alert" for each in found.all("section"))
        kept = next(each for each in found.all("input") if each.get("name") == "message")
        assert kept.get("value") == "Pour voir"
        assert "choisissez-les de nouveau" in found.text()
    empty = {"organisation": "calq", "mode": "add"}
    nothing = steward.ask("POST", "/fr/submit", data=empty, files={"data": ("", b"")})
    assert "au moins un fichier" in whole(nothing, "fr", 400).text()
    plain = steward.ask("POST", "/fr/submit", data=empty)
    whole(plain, "fr", 415)


def test_a_decision_that_cannot_be_made_says_why(
    site: Stewarded, steward: Browser, reviewer: Browser
) -> None:
    path = made(steward.submit('organisation:calq ap:acronym "CA" .'))
    for browser, step, status, said in (
        (steward, "approve", 403, "review"),
        (reviewer, "revert", 409, "est prête, et doit être approuvée"),
        (reviewer, "reject", 400, "Dites pourquoi"),
    ):
        found = whole(browser.decide(path, step), "fr", status)
        problem = next(each for each in found.all("section") if each.get("role") == "alert")
        assert said in problem.text
        english = found.links()["English"]
        assert english == path.replace("/fr/", "/en/")
    assert steward.decide(path, "reject", "Une erreur").status_code == 303
    assert "Une erreur" in steward.get(path).text()
    other = signed_in(site, site.sodec)
    assert other.ask("GET", path).status_code == 404
    assert other.decide(path, "reject", "x").status_code == 404
    assert reviewer.ask("GET", "/fr/submissions/none").status_code == 404
    assert reviewer.ask("GET", f"{path}/approve").headers["location"] == path


def test_taking_back_that_would_break_a_rule_says_which(
    steward: Browser, reviewer: Browser
) -> None:
    year = 'period:calq-r a ap:Period ; ap:startYear "2027"^^xsd:gYear .'
    first = made(steward.submit(year))
    reviewer.decide(first, "approve")
    second = made(steward.submit("measure:qdcp-120 ap:period period:calq-r .", mode="add"))
    assert reviewer.decide(second, "approve").status_code == 303
    found = whole(reviewer.decide(first, "revert"), "fr", 422)
    assert "Ce qui n'irait plus" in found.text()
    assert "À corriger" in found.text()
    assert reviewer.decide(second, "revert").status_code == 303
    assert reviewer.decide(first, "revert").status_code == 303


def test_the_list_is_narrowed_to_a_state(steward: Browser, reviewer: Browser) -> None:
    path = made(steward.submit('organisation:calq ap:acronym "CA" .'))
    steward.decide(path, "reject", "Pour voir")
    name = f"Soumission {path.rpartition('/')[2]}"
    assert name in reviewer.get("/fr/submissions?state=rejected").links()
    narrowed = reviewer.get("/fr/submissions?state=ready")
    assert name not in narrowed.links()
    [chosen] = [each for each in narrowed.all("option") if "selected" in each.attributes]
    assert chosen.get("value") == "ready"
    assert reviewer.ask("GET", "/fr/submissions?state=lost").status_code == 400
    before = path.rpartition("/")[2]
    assert name not in reviewer.get(f"/fr/submissions?before={before}").links()


def test_who_has_not_signed_in_sees_the_form_for_it_and_nothing_else(site: Stewarded) -> None:
    number = submitted(site.submit('organisation:calq ap:acronym "SECRET" .'))["id"]
    browser = Browser(site)
    for path in (f"/fr/submissions/{number}", "/fr/submissions?state=ready", "/fr/submit"):
        found = browser.get(path, 401)
        assert "SECRET" not in found.text()
        [following] = [each for each in found.all("input") if each.get("type") == "hidden"]
        assert following.get("value") == path
        answer = Browser(site).sign_in(site.calq, path, "fr")
        assert answer.headers["location"] == path
    lost = browser.decide(f"/fr/submissions/{number}", "approve")
    assert "n'a rien donné" in whole(lost, "fr", 401).text()
    assert site.get(number)["state"] == "ready"
    site.decide(number, "reject", "No more")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/en/submissions",
        "//example.org/",
        "/en/submissions/../../id/x",
        "/en//example.org",
        "/de/submissions",
        "/en/submit\\@example.org",
        "/en/submissions\n",
    ],
)
def test_signing_in_leads_nowhere_else(site: Stewarded, elsewhere: str) -> None:
    answer = Browser(site).sign_in(site.calq, elsewhere)
    assert answer.headers["location"] == "/en/submissions"


def test_the_cookie_is_for_these_pages_and_for_this_session_alone(site: Stewarded) -> None:
    answer = Browser(site).sign_in(site.reviewer)
    said = answer.headers["set-cookie"]
    assert said == f"jalon-token={site.reviewer}; HttpOnly; Path=/; SameSite=strict"
    assert answer.headers["cache-control"] == "no-store"
    cookie = {"Cookie": f"jalon-token={site.reviewer}", "Origin": ORIGIN}
    for method, path in (
        ("GET", "/submissions"),
        ("GET", "/submissions/1"),
        ("POST", "/submissions"),
        ("POST", "/submissions/1/approve"),
        ("POST", "/update"),
    ):
        asked = site.site.ask(method, path, headers={**cookie, "Accept": "*/*"})
        assert asked.status_code == 401, path


def test_signing_out_forgets_the_token(steward: Browser) -> None:
    answer = steward.ask("POST", "/fr/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/sign-in")
    assert steward.cookies == {}
    steward.get("/fr/submissions", 401)


def test_a_token_that_is_not_valid_is_refused_and_forgotten(site: Stewarded) -> None:
    rights = site.stewardship.writing.rights
    token, record = rights.create("Away", [Scope.REVIEW])
    browser = signed_in(site, token)
    assert browser.ask("GET", "/fr/sign-in").headers["location"] == "/fr/submissions"
    rights.revoke(record.id)
    answer = browser.ask("GET", "/fr/submissions")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert browser.cookies == {}
    for wrong in ("", "jalon_x_y", token, "é"):
        refused = browser.sign_in(wrong, language="fr")
        assert "inconnu, révoqué ou expiré" in whole(refused, "fr", 401).text()
        assert browser.cookies == {}


def test_who_tries_too_many_tokens_is_refused_for_a_while(tmp_path: Path) -> None:
    with open_stewarded(tmp_path) as site:
        browser = Browser(site)
        statuses = [browser.sign_in("jalon_x_y").status_code for _ in range(21)]
        assert statuses == [401] * 20 + [429]
        valid = browser.sign_in(site.calq)
        assert valid.status_code == 429
        assert int(valid.headers["retry-after"]) > 0
        assert site.ask("GET", "/submissions", site.calq).status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://test"},
        {"Origin": "http://test:8080"},
        {"Origin": "http://test.example.org"},
        {"Origin": "http://evil.example", "Referer": "http://test/fr/submissions"},
        {"Referer": "http://evil.example/http://test/"},
        {"Origin": "http://[test"},
    ],
    ids=str,
)
def test_what_other_sites_send_is_refused(
    site: Stewarded, steward: Browser, headers: dict[str, str]
) -> None:
    steward.origin = None
    newest = len(site.ask("GET", "/submissions", site.reviewer).json()["submissions"])
    for path in ("/fr/submit", "/fr/submissions/1/reject", "/fr/sign-in", "/fr/sign-out"):
        answer = steward.ask("POST", path, headers=headers, data={"reason": "x"})
        assert answer.status_code == 403, path
        assert "page de ce site" in answer.text
        assert "set-cookie" not in answer.headers
    assert len(site.ask("GET", "/submissions", site.reviewer).json()["submissions"]) == newest


def test_the_referer_tells_where_no_origin_is_sent(steward: Browser) -> None:
    steward.origin = None
    headers = {"Referer": f"{ORIGIN}/fr/submissions"}
    assert steward.ask("POST", "/fr/sign-out", headers=headers).status_code == 303


def test_over_https_the_cookie_is_of_this_host_alone(tmp_path: Path) -> None:
    with open_stewarded(tmp_path, public_url="https://plans.example") as site:
        browser = Browser(site, origin="https://plans.example")
        said = browser.sign_in(site.calq).headers["set-cookie"]
        assert said == (
            f"__Host-jalon-token={site.calq}; HttpOnly; Path=/; SameSite=strict; Secure"
        )
        browser.get("/fr/submissions")
        # Who sets a cookie of the other name over http gets nowhere by it.
        plain = Browser(site, {"jalon-token": site.calq})
        plain.get("/fr/submissions", 401)


def test_who_may_not_submit_is_told_so_and_an_admin_names_the_organisation(
    site: Stewarded, reviewer: Browser
) -> None:
    form = reviewer.get("/fr/submit")
    assert "aucune organisation" in form.text()
    assert buttons(form) == ["Se déconnecter"]
    token, _ = site.stewardship.writing.rights.create("Root", [Scope.ADMIN])
    admin = signed_in(site, token)
    [named] = [
        each for each in admin.get("/fr/submit").all("input") if each.get("id") == "organisation"
    ]
    assert named.get("name") == "organisation"
    assert not [each for each in admin.get("/fr/submissions").all("h2") if "décision" in each.text]
    path = made(admin.submit('organisation:calq ap:acronym "AD" .'))
    assert buttons(admin.get(path)) == ["Se déconnecter", "Retirer"]
    admin.decide(path, "reject", "x")


def test_a_value_of_another_datatype_is_told(steward: Browser) -> None:
    path = made(steward.submit('involvement:qdcp-120-calq ap:position "3"^^xsd:int .'))
    text = steward.get(path).text()
    assert "Valeurs gardées sous une autre forme" in text
    assert '"3"^^xsd:int "3"^^xsd:integer À corriger' in text


def test_readers_of_the_api_are_led_to_the_pages(site: Stewarded) -> None:
    for path in ("/submissions", "/submissions/1"):
        headers = {"Accept": "text/html", "Accept-Language": "fr"}
        answer = site.site.ask("GET", path, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/fr{path}")
    query = urlencode({"state": "ready"})
    answer = site.site.ask("GET", f"/submissions?{query}", headers={"Accept": "text/html"})
    assert answer.headers["location"] == f"/en/submissions?{query}"


def test_every_page_leads_to_the_submissions(site: Stewarded) -> None:
    response = site.site.ask("GET", "/fr/", headers={"Accept": "text/html"})
    assert read(response.text).links()["Soumissions"] == "/fr/submissions"
