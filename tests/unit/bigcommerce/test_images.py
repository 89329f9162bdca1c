"""Images: what stays is never sent again, what arrived is never forgotten, nothing of another's is taken for ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Store

    from pipelines.kit.platform import PlanRow


def wanted(*names: str) -> list[dict[str, Any]]:
    """The till's images, in order."""
    return [
        {"image_id": name, "url": f"https://i.example/{name}.jpg", "position": place + 1, "variant_id": None}
        for place, name in enumerate(names)
    ]


@pytest.fixture
def mug(store: Store, ids: dict[str, int]) -> int:
    return ids["mug"]


def have(store: Store, product: int, *names: str) -> list[dict[str, Any]]:
    """Put images of the till into the store, as an earlier run did; what is known of them."""
    known = []
    for image in wanted(*names):
        added = store.machine.add_image_to(product, image["url"], sort_order=image["position"] - 1)
        known.append({**image, "store_image_id": str(added["id"])})
    return known


def change(store: Store, product: int, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> PlanRow:
    return store.row("images", "update", product, before={"images": before}, after={"images": after})


def shown(store: Store) -> list[str]:
    """Addresses of the mug's images in the order they are shown."""
    images = store.machine.store.products[store.machine.find_sku("MUG-1")[0].id].images
    return [
        image["image_url"].rsplit("/", 1)[1][:-4]
        for image in sorted(images, key=lambda image: (image["sort_order"], image["id"]))
    ]


def thumbnail(store: Store) -> str:
    images = store.machine.store.products[store.machine.find_sku("MUG-1")[0].id].images
    (chosen,) = [image for image in images if image["is_thumbnail"]]
    return str(chosen["image_url"].rsplit("/", 1)[1][:-4])


@pytest.mark.rule("S000-17")
def test_the_store_has_the_same_images_in_the_same_order(store: Store, mug: int) -> None:
    (receipt,) = store.write(change(store, mug, [], wanted("a", "b")))
    assert receipt.outcome == "ok"
    assert (shown(store), thumbnail(store)) == (["a", "b"], "a")
    ids = [str(image["id"]) for image in store.machine.product_by_sku("MUG-1")["images"]]
    assert receipt.created == {"images": {"a": ids[0], "b": ids[1]}}


def test_only_the_new_image_is_sent(store: Store, mug: int) -> None:
    before = have(store, mug, "a", "b")
    (receipt,) = store.write(change(store, mug, before, wanted("a", "b", "c")))
    assert [(sent.method, sent.body["image_url"]) for sent in store.writes()] == [("POST", "https://i.example/c.jpg")]
    assert list(receipt.created["images"]) == ["c"]


def test_an_image_the_till_took_away_goes_and_the_others_stay(store: Store, mug: int) -> None:
    before = have(store, mug, "a", "b", "c")
    store.write(change(store, mug, before, [before[0], {**before[2], "position": 2}]))
    assert [sent.method for sent in store.writes()] == ["DELETE", "PUT"]
    assert shown(store) == ["a", "c"]


def test_an_image_of_the_stores_own_is_not_ours_to_delete(store: Store, mug: int) -> None:
    before = have(store, mug, "a")
    store.machine.add_image_to(mug, "https://shop.example/own.jpg", sort_order=5)
    store.write(change(store, mug, before, wanted("b")))
    assert sorted(shown(store)) == ["b", "own"]


def test_a_new_order_moves_images_and_sends_none_again(store: Store, mug: int) -> None:
    before = have(store, mug, "a", "b", "c")
    store.write(change(store, mug, before, wanted("c", "a", "b")))
    assert {sent.method for sent in store.writes()} == {"PUT"}
    assert (shown(store), thumbnail(store)) == (["c", "a", "b"], "c")


def test_another_picture_under_the_same_id_replaces_the_old_one(store: Store, mug: int) -> None:
    before = have(store, mug, "a", "b")
    after = wanted("a", "b")
    after[0]["url"] = "https://i.example/new.jpg"
    (receipt,) = store.write(change(store, mug, before, after))
    assert (shown(store), thumbnail(store)) == (["new", "b"], "new")
    assert list(receipt.created["images"]) == ["a"]


def test_an_image_that_arrived_without_an_answer_is_not_sent_twice(store: Store, mug: int) -> None:
    store.machine.add_image_to(mug, "https://shop.example/own.jpg", sort_order=9)
    store.wire.trouble = lambda method, _path: "lost_after" if method == "POST" else None
    (receipt,) = store.write(change(store, mug, [], wanted("a", "b")))
    assert receipt.outcome == "ok"
    assert shown(store) == ["a", "b", "own"]
    assert list(receipt.created["images"]) == ["a", "b"]


def test_what_arrived_before_a_failure_is_told(store: Store, mug: int) -> None:
    store.machine.switches["unreachable_images"] = ["/b.jpg"]
    (receipt,) = store.write(change(store, mug, [], wanted("a", "b", "c")))
    assert receipt.outcome == "rejected"
    assert list(receipt.created["images"]) == ["a", "c"]
    assert "images" in (receipt.message or "")
    assert shown(store) == ["a", "c"]


def test_an_image_that_never_arrived_ends_the_row_and_is_not_called_done(store: Store, mug: int) -> None:
    posts = 0

    def second_is_lost(method: str, _path: str) -> str | None:
        nonlocal posts
        posts += method == "POST"
        return "lost_before" if method == "POST" and posts == 2 else None

    store.wire.trouble = second_is_lost
    (receipt,) = store.write(change(store, mug, [], wanted("a", "b", "c")))
    assert receipt.outcome == "unknown"
    assert list(receipt.created["images"]) == ["a"]
    assert posts == 2


def test_what_arrived_is_told_before_the_store_goes_away(store: Store, mug: int) -> None:
    store.wire.trouble = lambda _m, _p: "down" if len(store.wire.sent) > 2 else None
    told = store.write_until_it_breaks(change(store, mug, [], wanted("a", "b")))
    assert [(receipt.outcome, list(receipt.created["images"])) for receipt in told] == [("not_sent", ["a"])]


def test_images_of_a_product_that_is_gone_fail_alone(store: Store, mug: int) -> None:
    receipts = store.write(change(store, 4711, [], wanted("a")), change(store, mug, [], wanted("a")))
    assert [receipt.outcome for receipt in receipts] == ["rejected", "ok"]


def test_an_image_that_is_gone_already_is_no_failure(store: Store, mug: int) -> None:
    before = have(store, mug, "a")
    before[0]["store_image_id"] = "999"
    assert store.write(change(store, mug, before, []))[0].outcome == "ok"


def test_more_images_than_a_page_are_told_apart(store: Store, mug: int) -> None:
    for n in range(260):
        store.machine.add_image_to(mug, f"https://shop.example/{n}.jpg", sort_order=100 + n)
    store.wire.trouble = lambda method, _path: "lost_after" if method == "POST" else None
    (receipt,) = store.write(change(store, mug, [], wanted("a")))
    assert receipt.outcome == "ok"
    assert len(store.machine.store.products[mug].images) == 261
