"""Base URLs and keys from the environment: what wins over what, and that no key is ever shown."""

from __future__ import annotations

import json
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora.errors import AuroraError, RegistryError, SettingsError
from aurora.registry import url_variable
from aurora.registry.fields import http_url
from aurora.registry.rows import public_url

SECRET = "k3y-that-nobody-may-see-0123456789"


def test_base_urls_come_from_the_file_without_trailing_slashes(files):
    registry = files.load()
    assert registry.base_urls("jito") == ("https://kobe.mainnet.jito.network/api/v1",)
    assert registry.base_urls("mev_relay") == ("https://boost-relay.flashbots.net", "https://relay.ultrasound.money")


@pytest.mark.parametrize(
    ("provider", "older"),
    [("solana_rpc", "SOLANA_RPC_URL"), ("eth_rpc", "ETH_RPC_URL"), ("beacon_node", "BEACON_API_URL")],
)
def test_the_own_variable_wins_over_the_older_name_which_wins_over_the_file(files, provider, older):
    in_file = files.load().base_urls(provider)
    assert files.load(**{older: "http://older/"}).base_urls(provider) == ("http://older",) != in_file
    both = files.load(**{older: "http://older", url_variable(provider): "http://own/"})
    assert both.base_urls(provider) == ("http://own",)
    assert files.load(**{older: "", url_variable(provider): " "}).base_urls(provider) == in_file


@pytest.mark.parametrize(
    "provider",
    ["solana_rpc", "jito", "stakewiz", "solana_beach", "beaconchain", "beacon_node", "eth_rpc", "mev_relay"],
)
def test_every_provider_has_its_own_variable(files, provider):
    variable = f"AURORA_{provider.upper()}_URL"
    assert files.load(**{variable: "http://127.0.0.1:8080/x/"}).base_urls(provider) == ("http://127.0.0.1:8080/x",)


def test_a_second_provider_of_an_api_has_a_variable_by_its_own_name(files):
    files.replace(
        "mappings:\n", "  - {provider: paid-rpc, api: solana_rpc, base_url: 'https://paid.example.org'}\nmappings:\n"
    )
    registry = files.load(SOLANA_RPC_URL="http://older", AURORA_PAID_RPC_URL="http://paid")
    assert registry.base_urls("solana_rpc") == ("http://older",)
    assert registry.base_urls("paid-rpc") == ("http://paid",)


def test_relays_are_a_comma_separated_list(files):
    registry = files.load(AURORA_MEV_RELAY_URL="http://127.0.0.1:1/a/, http://127.0.0.1:1/b,")
    assert registry.base_urls("mev_relay") == ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
    assert "lists a host twice" in files.settings_error(AURORA_MEV_RELAY_URL="http://a,http://a/")
    assert "holds no URL" in files.settings_error(AURORA_MEV_RELAY_URL=" , ")


@pytest.mark.parametrize(
    "address",
    [
        "https://beaconcha.in/api/v1",
        "https://beaconcha.in",
        "beaconcha.in/api/v1",
        "https://hoodi.BEACONCHA.IN/",
        "https://user:x@beaconcha.in:443",
    ],
)
@pytest.mark.parametrize("beside", [{}, {"AURORA_BEACON_NODE_URL": "http://127.0.0.1:5052"}])
def test_the_explorer_in_the_beacon_node_s_variable_names_the_right_one(files, address, beside):
    message = files.settings_error(BEACON_API_URL=address, **beside)
    assert message.startswith("environment variable BEACON_API_URL is for a beacon node")
    assert "AURORA_BEACONCHAIN_URL" in message
    assert "BEACONCHAIN_API_KEY" in message


def test_a_host_that_only_resembles_the_explorer_is_a_beacon_node(files):
    assert files.load(BEACON_API_URL="https://notbeaconcha.in").base_urls("beacon_node") == ("https://notbeaconcha.in",)


@pytest.mark.parametrize("url", ["not a url", "ftp://h", "http://", f"https://h/#{SECRET}", f"https://h:x/{SECRET}"])
def test_a_bad_override_names_the_variable_and_not_its_value(files, url):
    message = files.settings_error(AURORA_SOLANA_RPC_URL=url)
    assert message.startswith("environment variable AURORA_SOLANA_RPC_URL, of provider solana_rpc: must be a URL")
    assert url not in message
    assert SECRET not in message


def test_a_key_in_the_query_of_an_rpc_url_is_kept_for_the_call(files):
    url = f"https://rpc.example.org/?api-key={SECRET}"
    assert files.load(SOLANA_RPC_URL=url).base_urls("solana_rpc") == (url,)
    assert "without ?query" in files.settings_error(AURORA_JITO_URL=url)


def test_each_kind_of_auth_goes_out_in_its_own_way(files):
    registry = files.load(SOLANABEACH_API_KEY="s1", BEACONCHAIN_API_KEY="s2\n", BEACON_KEY="s3")
    assert registry.credential("solana_beach").headers() == {"Authorization": "Bearer s1"}
    assert registry.credential("beaconchain").headers() == {"apikey": "s2"}
    beacon_node = registry.credential("beacon_node")
    assert (beacon_node.headers(), beacon_node.params()) == ({}, {"key": "s3"})
    assert registry.credential("solana_rpc") is None


@pytest.mark.parametrize(("provider", "variable"), [("jito", "JITO_API_KEY"), ("stakewiz", "STAKEWIZ_API_KEY")])
def test_optional_keys_are_bearer_where_set(files, provider, variable):
    assert files.load().credential(provider) is None
    assert files.load(**{variable: ""}).credential(provider) is None
    assert files.load(**{variable: "s"}).credential(provider).headers() == {"Authorization": "Bearer s"}


def test_an_optional_key_goes_to_no_other_provider_of_the_api(files):
    files.replace(
        "mappings:\n", "  - {provider: jito_two, api: jito, base_url: 'https://other.example.org'}\nmappings:\n"
    )
    assert files.load(JITO_API_KEY=SECRET).credential("jito_two") is None


@pytest.mark.parametrize("environment", [{}, {"SOLANABEACH_API_KEY": "  "}])
def test_a_missing_key_names_variable_provider_and_line_when_it_is_needed(files, environment):
    registry = files.load(**environment)
    with pytest.raises(SettingsError) as caught:
        registry.credential("solana_beach")
    assert str(caught.value) == (
        "environment variable SOLANABEACH_API_KEY is not set: provider solana_beach needs it "
        "(providers.yaml:19); set it in the environment or in .env"
    )


def test_a_key_with_a_line_break_is_refused_without_being_shown(files):
    registry = files.load(SOLANABEACH_API_KEY=f"{SECRET}\r\nX-Injected: 1")
    with pytest.raises(SettingsError, match="environment variable SOLANABEACH_API_KEY") as caught:
        registry.credential("solana_beach")
    assert SECRET not in str(caught.value)


def test_no_key_is_seen_in_repr_str_or_rows(files):
    files.replace(
        "https://api.mainnet-beta.solana.com", f"https://user:{SECRET}@rpc.example.org/{SECRET}?api-key={SECRET}"
    )
    registry = files.load(
        SOLANABEACH_API_KEY=SECRET,
        BEACONCHAIN_API_KEY=SECRET,
        BEACON_KEY=SECRET,
        JITO_API_KEY=SECRET,
        ETH_RPC_URL=f"https://eth.example.org/v2/{SECRET}",
    )
    shown = [registry, *registry.providers, registry.providers, registry.chains_document, registry.providers_document]
    shown += [registry.credential(name) for name in ("solana_beach", "beaconchain", "beacon_node", "jito")]
    for thing in shown:
        assert SECRET not in repr(thing)
        assert SECRET not in str(thing)
        assert SECRET not in f"{thing}"
    rows = json.dumps(registry.rows())
    assert SECRET not in rows
    assert "0123456789abcdef0123456789abcdef" not in rows
    assert "https://rpc.example.org/***" in rows
    assert "https://kobe.mainnet.jito.network/api/v1" in rows


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("base_url: https://api.mainnet-beta.solana.com", f"base_url: ftp://u:{SECRET}@h/{SECRET}"),
        ("base_url: https://api.mainnet-beta.solana.com", f"base_url: https://u:{SECRET}@h:x/?k={SECRET}"),
        ("    timeout_seconds: 30\n", f"    timeout_seconds: {SECRET}\n"),
        ("env: SOLANABEACH_API_KEY", f"env: {SECRET}"),
        ("env: SOLANABEACH_API_KEY", f"env: [{SECRET}]"),
        ("kind: bearer", f"kind: {SECRET}"),
        ("base_url: https://api.solanabeach.io/v2", f"base_url: 'https://h/?key={SECRET}'"),
        ("auth: {kind: bearer, env: SOLANABEACH_API_KEY}", f'auth: "{SECRET}'),
        ("auth: {kind: bearer, env: SOLANABEACH_API_KEY}", f"auth: !key {SECRET}"),
        ("auth: {kind: bearer, env: SOLANABEACH_API_KEY}", f"auth: *{SECRET}"),
        ("name: apikey", f"name: '{SECRET} x'"),
    ],
)
def test_no_key_in_a_file_is_repeated_by_the_error_about_it(files, old, new):
    files.replace(old, new)
    with pytest.raises(RegistryError) as caught:
        files.load()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_private_key_in_place_of_a_public_one_is_not_repeated(files):
    private = "4" * 88
    files.replace("CcaHc2L43ZWjwCHART3oZoJvHLAe9hzT2DJNUpBzoTN1", private)
    with pytest.raises(RegistryError) as caught:
        files.load()
    assert private not in "".join(traceback.format_exception(caught.value))


_TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=20, max_size=40)


@given(user=_TOKEN, password=_TOKEN, segment=_TOKEN, query=_TOKEN, port=st.integers(1, 65535))
def test_a_landed_url_holds_host_and_path_and_no_secret(user, password, segment, query, port):
    url = http_url(f"https://{user}:{password}@host.example:{port}/v2/{segment}?api-key={query}", with_query=True)
    assert public_url(url) == f"https://host.example:{port}/v2/***"


@given(text=st.text(max_size=60) | st.from_regex(r"[hH]ttps?://[a-z.:@/#?\[\]0-9]{0,20}", fullmatch=True))
def test_any_text_is_a_url_or_a_reason_that_is_one_line(text):
    try:
        outcome = http_url(text)
    except ValueError as error:
        outcome = str(error)
    assert outcome.startswith(("http://", "https://", "must be a URL"))
    assert outcome.isprintable()
    assert not (outcome.startswith("http") and outcome.endswith("/"))


def test_errors_of_the_registry_survive_another_process():
    error = pickle.loads(pickle.dumps(RegistryError("chains.yaml:1: x")))
    assert isinstance(error, AuroraError)
    assert str(error) == "chains.yaml:1: x"
