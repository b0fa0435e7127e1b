"""The hook points of the naive exchange: a table of functions, one per decision.

The defaults are the functions of the same names in `access`, `documents`, `files`, `records`,
`reading`, `speech` and `sql.rules`. A fault or a variant is one of them exchanged. What each hook
is asked is said where its default stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.mutants.exchange import access, documents, files, reading, records, speech
from conformance.mutants.exchange.sql import rules

# A replacement has the signature of the function that it replaces.
Hook = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How an endpoint decides."""

    read_body: Hook = documents.read_body
    check_size: Hook = documents.check_size
    read_text: Hook = documents.read_text
    check_variables: Hook = documents.check_variables
    check_document: Hook = documents.check_document
    check_bounds: Hook = documents.check_bounds
    errors: Hook = documents.errors
    answered: Hook = documents.answered
    unknown: Hook = documents.unknown
    sent: Hook = documents.sent

    token_in: Hook = access.token_in
    user_of: Hook = access.user_of
    is_open: Hook = access.is_open
    unauthenticated: Hook = access.unauthenticated
    absent: Hook = access.absent
    forbidden: Hook = access.forbidden
    finds: Hook = access.finds
    is_admin: Hook = access.is_admin
    may_read: Hook = access.may_read
    may_write: Hook = access.may_write
    may_own: Hook = access.may_own
    may_share: Hook = access.may_share
    may_look: Hook = access.may_look
    may_approve: Hook = access.may_approve
    check_kind: Hook = access.check_kind
    shared: Hook = access.shared
    unshared: Hook = access.unshared
    permits: Hook = access.permits
    takes_out: Hook = access.takes_out
    own_stores: Hook = access.own_stores
    own_databases: Hook = access.own_databases
    joined: Hook = access.joined
    shared_with: Hook = access.shared_with
    make_id: Hook = access.make_id
    drop_token: Hook = access.drop_token
    kept: Hook = access.kept

    check_file_name: Hook = files.check_file_name
    check_directory_name: Hook = files.check_directory_name
    check_place: Hook = files.check_place
    check_free: Hook = files.check_free
    contents: Hook = files.contents
    within: Hook = files.within
    same_file: Hook = files.same_file
    uploaded: Hook = files.uploaded
    forgotten: Hook = files.forgotten
    goes_along: Hook = files.goes_along
    presigned: Hook = files.presigned
    check_url: Hook = files.check_url
    refusal: Hook = files.refusal
    put: Hook = files.put
    get: Hook = files.get
    reads_object: Hook = files.reads_object
    shown: Hook = files.shown

    check_call: Hook = records.check_call
    read_time: Hook = records.read_time
    read_version: Hook = records.read_version
    read_dimensions: Hook = records.read_dimensions
    read_measures: Hook = records.read_measures
    check_name: Hook = records.check_name
    check_types: Hook = records.check_types
    key_of: Hook = records.key_of
    merged: Hook = records.merged
    rejection: Hook = records.rejection
    refused: Hook = records.refused
    keeps: Hook = records.keeps
    goes_on: Hook = records.goes_on
    asset_name: Hook = records.asset_name
    asset_of: Hook = records.asset_of

    published: Hook = reading.published
    last_values: Hook = reading.last_values
    last_page: Hook = reading.last_page
    page_size: Hook = reading.page_size
    interval: Hook = reading.interval
    found: Hook = reading.found
    make_token: Hook = reading.make_token
    open_token: Hook = reading.open_token
    check_running: Hook = reading.check_running
    refreshed: Hook = reading.refreshed
    cut: Hook = reading.cut
    progress: Hook = reading.progress
    page_shown: Hook = reading.page_shown
    owns_query: Hook = reading.owns_query
    cancelled: Hook = reading.cancelled
    exported: Hook = reading.exported
    export_json: Hook = reading.export_json
    export_csv: Hook = reading.export_csv
    export_size: Hook = reading.export_size
    export_delay_s: Hook = reading.export_delay_s
    told: Hook = reading.told
    hears: Hook = reading.hears
    replayed: Hook = reading.replayed

    protocol: Hook = speech.protocol
    header_in: Hook = speech.header_in
    admitted: Hook = speech.admitted
    acknowledged: Hook = speech.acknowledged
    thinks_s: Hook = speech.thinks_s
    started: Hook = speech.started
    stopped: Hook = speech.stopped
    said: Hook = speech.said
    early: Hook = speech.early
    check_new: Hook = speech.check_new
    leaves: Hook = speech.leaves
    patience_s: Hook = speech.patience_s
    lingers_s: Hook = speech.lingers_s

    sql_statement: Hook = rules.sql_statement
    sql_now: Hook = rules.sql_now
    sql_functions: Hook = rules.sql_functions
    sql_aggregates: Hook = rules.sql_aggregates
    sql_names: Hook = rules.sql_names
    sql_limit: Hook = rules.sql_limit
    sql_run: Hook = rules.sql_run
    sql_table: Hook = rules.sql_table
    sql_datum: Hook = rules.sql_datum
    sql_type: Hook = rules.sql_type
    sql_page_size: Hook = rules.sql_page_size
    sql_cut: Hook = rules.sql_cut
    sql_token: Hook = rules.sql_token
    open_sql_token: Hook = rules.open_sql_token
    sql_client_token: Hook = rules.sql_client_token
    sql_shown: Hook = rules.sql_shown


STRAIGHT = Policy()
"""A correct endpoint."""
