# SPDX-License-Identifier: Apache-2.0
"""What may go wrong: a class per error, each with the built-in one that it is a case of as its second base."""

from __future__ import annotations

import os

from ._schema import Cause, CommandFailed, CommandTimedOut, Errc


class Error(Exception):
    """Any failure of Cordboard. `errc` is its number in the schema; `detail` says more, without numbers of people."""

    errc: Errc = Errc.OK

    def __init__(self, detail: str = "", *, message: str = "") -> None:
        super().__init__(message or detail)
        self.detail = detail
        self.message = message

    def __str__(self) -> str:
        said = self.message or (self.errc.name.lower().replace("_", " ") if self.errc else "")
        return f"{said}: {self.detail}" if said and self.detail else said or self.detail


class Timeout(Error, TimeoutError):
    """Something did not come in time."""

    errc = Errc.TIMED_OUT


class CommandError(Error):
    """A command was accepted, was tried, and did not succeed: `outcome` says when and why."""

    outcome: CommandFailed

    @property
    def cause(self) -> Cause:
        """Why, as the outcome says."""
        return self.outcome.cause


class CommandTimeout(Timeout):
    """A command was accepted and had no success before its deadline."""

    outcome: CommandTimedOut


class CallUnknown(Error, KeyError):
    """No call has this id: it ended, or was never issued."""

    errc = Errc.CALL_UNKNOWN


class CallWrongState(Error, RuntimeError):
    """The call exists, but its state does not allow this command."""

    errc = Errc.CALL_WRONG_STATE


class LogGone(Error, LookupError):
    """The sequence asked for is older than what retention kept."""

    errc = Errc.LOG_GONE


class LogBusy(Error, RuntimeError):
    """Another process writes this log."""

    errc = Errc.LOG_BUSY


class QueueFull(Error, RuntimeError):
    """Too many commands wait; nothing was logged; try again."""

    errc = Errc.QUEUE_FULL


class AccessDenied(Error, PermissionError):
    """The user has no right to do this."""

    errc = Errc.ACCESS_REFUSED


class IdTaken(Error, ValueError):
    """An id that the command was to create exists already."""

    errc = Errc.ID_TAKEN


class OperatorUnknown(Error, KeyError):
    """No operator has this id."""

    errc = Errc.OPERATOR_UNKNOWN


class DeviceUnknown(Error, KeyError):
    """No device has this id or number."""

    errc = Errc.DEVICE_UNKNOWN


class DeviceUnavailable(Error, RuntimeError):
    """The device is not registered, or its trunk is down."""

    errc = Errc.DEVICE_OUT_OF_SERVICE


class OperatorWrongState(Error, RuntimeError):
    """The operator is not logged on, or is busy with another call."""

    errc = Errc.OPERATOR_WRONG_STATE


class ConsentMissing(Error, PermissionError):
    """A consent that the department's policy asks for is not recorded."""

    errc = Errc.CONSENT_MISSING


class ConsentDeclined(Error, PermissionError):
    """The caller or the called party has declined."""

    errc = Errc.CONSENT_DECLINED


class RevisionStale(Error, RuntimeError):
    """The call has changed since the revision that the command expects."""

    errc = Errc.REVISION_STALE


class DeadlinePassed(Timeout):
    """The command's deadline had passed before it was decided; nothing happened."""

    errc = Errc.DEADLINE_PASSED


class CommandInvalid(Error, ValueError):
    """The command's record is not well formed."""

    errc = Errc.COMMAND_INVALID


class LimitReached(Error, RuntimeError):
    """A limit of the configuration is reached."""

    errc = Errc.LIMIT_REACHED


class TransferUnknown(Error, LookupError):
    """The two calls are not a held call and its own consultation."""

    errc = Errc.TRANSFER_UNKNOWN


class BoardClosed(Error, ConnectionError):
    """The board is stopping or has stopped, or `close` was called."""

    errc = Errc.BOARD_CLOSED


class LogDamaged(Error, ValueError):
    """A record's checksum or a segment's header is wrong."""

    errc = Errc.LOG_DAMAGED


class LogFull(Error, RuntimeError):
    """There is no room for the log."""

    errc = Errc.LOG_FULL


class NotConnected(Error, ConnectionError):
    """No board listens at this place."""

    errc = Errc.NOT_CONNECTED


class HandleInvalid(Error, ValueError):
    """The handle is null, closed, or of another kind."""

    errc = Errc.HANDLE_INVALID


class LogIncompatible(Error, ValueError):
    """The log was written with another layout version."""

    errc = Errc.LOG_INCOMPATIBLE


class SdpUnacceptable(Error, ValueError):
    """The session description is malformed or offers no codec that is known here."""

    errc = Errc.SDP_UNACCEPTABLE


class TextInvalid(Error, ValueError):
    """A text is not UTF-8, holds control characters, or is longer than its limit."""

    errc = Errc.TEXT_INVALID


class HoldUnknown(Error, KeyError):
    """No hold of the log is open under this sequence."""

    errc = Errc.HOLD_UNKNOWN


class CallConferenced(Error, RuntimeError):
    """The call is a conference: nobody is transferred, consulted or parked out of it."""

    errc = Errc.CALL_CONFERENCED


class ConferenceFull(Error, RuntimeError):
    """The call has as many parties as a conference takes."""

    errc = Errc.CONFERENCE_FULL


class OperatorNeeded(Error, RuntimeError):
    """The last operator of a queue cannot log off while callers wait there."""

    errc = Errc.OPERATOR_NEEDED


class QueueUnknown(Error, KeyError):
    """No queue has this id."""

    errc = Errc.QUEUE_UNKNOWN


class DeviceFree(Error, RuntimeError):
    """The phone is free: nobody need wait for it, call it."""

    errc = Errc.DEVICE_FREE


class CallBackUnknown(Error, KeyError):
    """No call back is set for this operator and phone."""

    errc = Errc.CALL_BACK_UNKNOWN


class RecordingOn(Error, RuntimeError):
    """The call is recorded already, or the caller has declined that."""

    errc = Errc.RECORDING_ON


class RecordingOff(Error, RuntimeError):
    """The call is not recorded."""

    errc = Errc.RECORDING_OFF


class PromptUnknown(Error, KeyError):
    """There is no prompt of this name in [media] prompts."""

    errc = Errc.PROMPT_UNKNOWN


class MediaRefused(Error, RuntimeError):
    """The voices pass between the two ends, and one of them has refused to send its own to the house."""

    errc = Errc.MEDIA_REFUSED


class MediaMoving(Error, RuntimeError):
    """The ends are being asked to send their voices elsewhere, and another command waits for that already."""

    errc = Errc.MEDIA_MOVING


class ReasonMissing(Error, ValueError):
    """An operator who leaves the position says why: see [[reason]]."""

    errc = Errc.REASON_MISSING


class ReasonUnknown(Error, KeyError):
    """No reason has this number."""

    errc = Errc.REASON_UNKNOWN


class ApprovalNeeded(Error, PermissionError):
    """This leave takes an approval, or its allowance is used up: ask for it with `ask_leave`."""

    errc = Errc.APPROVAL_NEEDED


class LeaveUnknown(Error, KeyError):
    """This operator has not asked to leave."""

    errc = Errc.LEAVE_UNKNOWN


class HandOverUnknown(Error, KeyError):
    """No hand-over has this number, or it has been accepted."""

    errc = Errc.HAND_OVER_UNKNOWN


class ScopeExceeded(Error, PermissionError):
    """The user may give this command, but not for this operator, call, queue or device: see [[user]] and [[role]]."""

    errc = Errc.SCOPE_EXCEEDED


class ServiceBarred(Error, PermissionError):
    """The class of service of whoever asks does not reach this number: see [[class]]."""

    errc = Errc.SERVICE_BARRED


class CodeCallUnknown(Error, KeyError):
    """No code call has this number: see [[code_call]]."""

    errc = Errc.CODE_CALL_UNKNOWN


class RequestUnknown(Error, KeyError):
    """No open request has this id: it was closed, or never opened."""

    errc = Errc.REQUEST_UNKNOWN


class RequestWrongState(Error, RuntimeError):
    """The request is open, but not in a state that allows this command."""

    errc = Errc.REQUEST_WRONG_STATE


class RequestKindUnknown(Error, KeyError):
    """No kind of request has this name: see [[request_kind]]."""

    errc = Errc.REQUEST_KIND_UNKNOWN


class FieldInvalid(Error, ValueError):
    """A field is not one of the kind, is missing, or has a value that its type does not allow."""

    errc = Errc.FIELD_INVALID


class ResultUnknown(Error, ValueError):
    """The result, or the stage, is not one of the kind's."""

    errc = Errc.RESULT_UNKNOWN


class ApprovalMissing(Error, PermissionError):
    """Requests of this kind are refused only after an approval: ask_approval."""

    errc = Errc.APPROVAL_MISSING


class ToldMissing(Error, RuntimeError):
    """The person has not been told the result yet: tell_request comes first."""

    errc = Errc.TOLD_MISSING


class TooLate(Error, RuntimeError):
    """The time up to which this may be changed or cancelled is over."""

    errc = Errc.TOO_LATE


class AttemptRunning(Error, RuntimeError):
    """The person is being called for this request already."""

    errc = Errc.ATTEMPT_RUNNING


class OperatorsBusy(Error, RuntimeError):
    """No operator is ready to make the call, or as many calls of this kind are made as may be."""

    errc = Errc.OPERATORS_BUSY


class AttemptsExhausted(Error, RuntimeError):
    """The person was called as often as the kind allows."""

    errc = Errc.ATTEMPTS_EXHAUSTED


class CallingClosed(Error, RuntimeError):
    """People are not called at this hour, or the time to call has not come: see hours and call_every of the kind."""

    errc = Errc.CALLING_CLOSED


class CheckUnknown(Error, KeyError):
    """No check has this name: see [[check]]."""

    errc = Errc.CHECK_UNKNOWN


class DeviceBusy(Error, RuntimeError):
    """The device is in a call, or is being tested."""

    errc = Errc.DEVICE_BUSY


class NumberStopped(Error, PermissionError):
    """The number is on the house's stop list, and no request calls it: the owner has been told."""

    errc = Errc.NUMBER_STOPPED


class SlotUnknown(Error, KeyError):
    """There is no such slot at this time, or the kind takes appointments in slots only."""

    errc = Errc.SLOT_UNKNOWN


class SlotTaken(Error, RuntimeError):
    """All places of this slot are taken."""

    errc = Errc.SLOT_TAKEN


class BookingClosed(Error, RuntimeError):
    """It is too early or too late to book this time: see book_ahead and book_until of the kind."""

    errc = Errc.BOOKING_CLOSED


class BookingBarred(Error, PermissionError):
    """This person has failed to come too often and may not book until the term is over: release_booking."""

    errc = Errc.BOOKING_BARRED


class PersonLimit(Error, RuntimeError):
    """As many requests of this kind are open for this person as may be: see per_person_max of the kind."""

    errc = Errc.PERSON_LIMIT


class MessageUnknown(Error, KeyError):
    """No message that was asked for at this sequence waits for its result."""

    errc = Errc.MESSAGE_UNKNOWN


class SystemFailure(Error, OSError):
    """The operating system refused; `errno` says why."""

    def __init__(self, number: int, detail: str = "") -> None:
        super().__init__(detail, message=os.strerror(number))
        self.errno = number


def _classes(base: type[Error]) -> list[type[Error]]:
    return [base, *(c for direct in base.__subclasses__() for c in _classes(direct))]


_BY_ERRC = {c.errc: c for c in _classes(Error) if c.errc and "errc" in vars(c)}


def of(code: int, detail: str = "") -> Error:
    """The error for a code: an errc, or a negative errno."""
    if code < 0:
        return SystemFailure(-code, detail)
    known = _BY_ERRC.get(Errc(code))
    if known is not None:
        return known(detail)
    error = Error(detail)
    error.errc = Errc(code)
    return error
