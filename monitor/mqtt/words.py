"""What goes wrong with a broker, each in a sentence that says what to do. Pure."""

import socket
import ssl
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

from asd_monitor.models.errors import BrokerCause
from asd_monitor.monitor.mqtt.settings import MqttSettings

# MQTT 5.0, 2.4: reason codes.
_BAD_CREDENTIALS: Final = 134
_NOT_AUTHORISED: Final = 135
_SHUTTING_DOWN: Final = 139
_TAKEN_OVER: Final = 142
_QUOTA: Final = 151
# OpenSSL's x509_vfy.h.
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_OTHER_HOST: Final = frozenset({62, 64})


def unreachable(error: Exception, settings: MqttSettings) -> str:
    """Why no connection can be opened."""
    where = _where(settings)
    match error:
        case socket.gaierror() | UnicodeError():
            return (
                f"The broker's host name {settings.host!r} cannot be resolved; check its spelling."
            )
        case ConnectionRefusedError():
            return f"{where} refuses connections; check that it is running, and its port."
        case ssl.SSLCertVerificationError():
            return f"{where} shows {_certificate(error, settings)}"
        case ssl.SSLError():
            return f"{where} cannot be spoken to with TLS ({error.reason}); check its port."
        case TimeoutError():
            return f"{where} does not answer; check host and port, and any firewall between."
        case _:
            tls = ", whether it wants TLS" if settings.uses_tls else ""
            return f"{where} cannot be reached ({error}); check host, port and network{tls}."


def cause_of(error: Exception) -> BrokerCause:
    """Which part of the way to the broker an error has stopped us on."""
    match error:
        case socket.gaierror() | UnicodeError():
            return BrokerCause.RESOLVE
        case ssl.SSLCertVerificationError():
            return _cause_of_certificate(error.verify_code)
        case ssl.SSLError():
            return BrokerCause.TLS
        case _:
            return BrokerCause.CONNECT


def _cause_of_certificate(verify_code: int) -> BrokerCause:
    if verify_code in {_EXPIRED, _NOT_YET_VALID}:
        return BrokerCause.CERTIFICATE_EXPIRED
    if verify_code in _OTHER_HOST:
        return BrokerCause.CERTIFICATE_HOST
    return BrokerCause.CERTIFICATE_UNTRUSTED


def cause_of_refusal(reason: ReasonCode) -> BrokerCause:
    """Why the broker does not let us in: user and password, or something else."""
    is_about_us = reason.value in {_BAD_CREDENTIALS, _NOT_AUTHORISED}
    return BrokerCause.CREDENTIALS if is_about_us else BrokerCause.REFUSED


def cause_of_ending(reason: ReasonCode) -> BrokerCause:
    """Why the broker has ended the connection: another has our name, or something else."""
    return BrokerCause.TAKEN_OVER if reason.value == _TAKEN_OVER else BrokerCause.ENDED


def _certificate(error: ssl.SSLCertVerificationError, settings: MqttSettings) -> str:
    said = error.verify_message
    if error.verify_code == _EXPIRED:
        return f"an expired certificate ({said}); renew it, and check this computer's clock."
    if error.verify_code == _NOT_YET_VALID:
        return f"a certificate of the future ({said}); check this computer's clock."
    if error.verify_code in _OTHER_HOST:
        return (
            f"the certificate of another host ({said.rstrip('.')}); give as host the name that the "
            f"certificate was made for, instead of {settings.host}."
        )
    return f"an untrusted certificate ({said}); check ca_file."


def refused(reason: ReasonCode, settings: MqttSettings) -> str:
    """Why the broker does not let us in."""
    who = "anonymous access" if settings.username is None else f"the user {settings.username!r}"
    where = _where(settings)
    if reason.value == _BAD_CREDENTIALS:
        return f"{where} does not accept the password of {who}; check username and password."
    if reason.value == _NOT_AUTHORISED:
        return f"{where} does not authorise {who}; check username, password and its rules."
    return f"{where} refuses the connection ({reason}); check its log."


def not_published(reason: ReasonCode, topic: str, settings: MqttSettings) -> str:
    """Why the broker does not take a message."""
    where = _where(settings)
    if reason.value == _NOT_AUTHORISED:
        who = "anonymous clients" if settings.username is None else repr(settings.username)
        return f"{where} does not let {who} publish to {topic}; check its access rules."
    if reason.value == _QUOTA:
        return f"{where} takes no more of us ({reason}) on {topic}; raise the limit it sets."
    return f"{where} does not take what is published to {topic} ({reason}); check its log."


def ended(reason: ReasonCode, client_id: str, settings: MqttSettings) -> str:
    """Why the broker has ended the connection, in its own words."""
    where = _where(settings)
    if reason.value == _TAKEN_OVER:
        return (
            f"A second client calls itself {client_id!r} at the broker at {settings.address} and "
            "has taken our place; give every monitor a [node] name of its own."
        )
    if reason.value == _SHUTTING_DOWN:
        return f"{where} is shutting down."
    return f"{where} has ended the connection ({reason}); check its log."


def lost(client_id: str, settings: MqttSettings) -> str:
    """The connection has ended without a word."""
    return (
        f"The connection to the broker at {settings.address} was lost; if this happens again and "
        f"again, check its log, and whether a second client calls itself {client_id!r}."
    )


def silent(settings: MqttSettings) -> str:
    """The connection is open, and nothing comes."""
    return (
        f"{_where(settings)} has fallen silent for {1.5 * settings.keepalive_s:g} s; check whether "
        "it hangs, and the network between."
    )


def no_broker(settings: MqttSettings) -> str:
    """Something listens there, and does not answer the first word."""
    where = f"What listens at {settings.address} does not answer as an MQTT broker does"
    if not settings.uses_tls:
        return f"{where}; check its port, and whether it wants TLS."
    if settings.cert_file is None:
        return f"{where}; check its port, and whether it wants a certificate (cert_file, key_file)."
    return f"{where}; check its port, and whether it accepts the certificate in cert_file."


def _where(settings: MqttSettings) -> str:
    return f"The broker at {settings.address}"
