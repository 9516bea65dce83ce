"""Server keys."""

import pytest

from doorward.kit.keyring import KeyLabel, Keyring, Unsealable

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_sealed_value_opens_under_the_same_label_and_context() -> None:
    sealed = Keyring([NEW]).seal(KeyLabel.INTERACTION, b"text", context=b"login")

    assert b"text" == Keyring([NEW]).unseal(KeyLabel.INTERACTION, sealed, context=b"login")


@pytest.mark.parametrize(("label", "context"), [(KeyLabel.SIGNING_KEY, b"login"), (KeyLabel.INTERACTION, b"consent")])
def test_a_sealed_value_stays_shut_for_another_purpose(label: KeyLabel, context: bytes) -> None:
    sealed = Keyring([NEW]).seal(KeyLabel.INTERACTION, b"text", context=b"login")

    with pytest.raises(Unsealable):
        Keyring([NEW]).unseal(label, sealed, context=context)


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 16, b"\0" * 40])
def test_damaged_values_stay_shut(damage: bytes) -> None:
    with pytest.raises(Unsealable):
        Keyring([NEW]).unseal(KeyLabel.INTERACTION, damage)


def test_every_flipped_byte_is_noticed() -> None:
    sealed = Keyring([NEW]).seal(KeyLabel.INTERACTION, b"text")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Unsealable):
            Keyring([NEW]).unseal(KeyLabel.INTERACTION, changed)


def test_after_a_new_secret_old_values_still_open_and_new_ones_use_the_new_key() -> None:
    sealed = Keyring([OLD]).seal(KeyLabel.INTERACTION, b"text")
    both = Keyring([NEW, OLD])

    assert b"text" == both.unseal(KeyLabel.INTERACTION, sealed)
    assert both.newest(KeyLabel.INTERACTION) == Keyring([NEW]).newest(KeyLabel.INTERACTION)


def test_keys_of_different_labels_differ() -> None:
    keys = {Keyring([NEW]).newest(label).key for label in KeyLabel}

    assert len(KeyLabel) == len(keys)


def test_a_mac_frames_its_parts() -> None:
    key = Keyring([NEW]).newest(KeyLabel.REFRESH_TOKEN)

    assert key.mac(b"ab", b"c") != key.mac(b"a", b"bc")


def test_check_values_name_each_secret_without_telling_it() -> None:
    assert Keyring([NEW, OLD]).check_values() == (*Keyring([NEW]).check_values(), *Keyring([OLD]).check_values())
    assert NEW not in Keyring([NEW]).check_values()


def test_keys_and_keyrings_do_not_print_themselves() -> None:
    shown = repr(Keyring([NEW])) + repr(Keyring([NEW]).newest(KeyLabel.CHECK))

    assert "nnn" not in shown
    assert "key=" not in shown
