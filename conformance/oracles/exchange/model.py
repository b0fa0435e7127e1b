"""What the exchange API shows, as plain values named after the types of its schema (seed 002).

A field that was not asked for is None; one that the API may leave empty is None too. Lists are
tuples and never None once they were asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.oracles.exchange.times import instant


@dataclass(frozen=True, kw_only=True)
class Organization:
    """An organization; the host is that of the platform."""

    organization_id: str
    name: str
    host_organization: bool | None = None


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody with an account."""

    user_id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    mobile: str | None = None
    last_active: str | None = None
    user_account_state: str | None = None
    user_roles: tuple[str, ...] | None = None
    organization: Organization | None = None


@dataclass(frozen=True, kw_only=True)
class UserSession:
    """Whose token it is."""

    user: User | None = None


@dataclass(frozen=True, kw_only=True)
class AuthenticationToken:
    """A token; its value is told by the call that makes it, and by no other."""

    token_id: str
    user_id: str
    name: str | None = None
    token_value: str | None = None
    token_type: str | None = None
    scope: str | None = None
    date_created: str | None = None
    date_expires: str | None = None
    last_active: str | None = None


@dataclass(frozen=True, kw_only=True)
class DataStore:
    """A data store."""

    data_store_id: str
    name: str
    description: str | None = None
    owner_user_id: str
    home_directory_id: str


@dataclass(frozen=True, kw_only=True)
class DataStoreFile:
    """A file: what is known of it, not its bytes."""

    data_store_file_id: str
    data_store_id: str | None = None
    data_store_directory_id: str | None = None
    name: str
    file_extension: str | None = None
    description: str | None = None
    storage_size_bytes: int | None = None
    owner: User | None = None
    owner_user_id: str | None = None
    s3_confirmed_upload: bool | None = None
    last_modified: str | None = None
    content_type: str | None = None
    data_view_ids: tuple[str, ...] | None = None

    @property
    def last_modified_ns(self) -> int | None:
        """The time of the last change; None if there is none, or none that can be read."""
        return instant(self.last_modified)


@dataclass(frozen=True, kw_only=True)
class DataStoreDirectory:
    """A directory; `contents` is None where it was not asked for."""

    data_store_directory_id: str
    data_store_id: str | None = None
    name: str
    owner: User | None = None
    owner_user_id: str | None = None
    home_directory: bool | None = None
    parent_directory_id: str | None = None
    contents: tuple[DataStoreObject, ...] | None = None

    @property
    def files(self) -> tuple[DataStoreFile, ...]:
        """The files among the contents."""
        found = (item.data_store_file for item in self.contents or ())
        return tuple(file for file in found if file is not None)

    @property
    def directories(self) -> tuple[DataStoreDirectory, ...]:
        """The directories among the contents."""
        found = (item.data_store_directory for item in self.contents or ())
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True, kw_only=True)
class DataStoreObject:
    """What stands in a directory."""

    object_type: str
    data_store_file: DataStoreFile | None = None
    data_store_directory: DataStoreDirectory | None = None


@dataclass(frozen=True, kw_only=True)
class PresignedUrl:
    """A URL that carries its own permission; `item_id` is the file that it is about."""

    url: str | None = None
    upload_id: str | None = None
    item_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimeSeriesDb:
    """A time series database, with the names that SQL uses."""

    time_series_db_id: str
    name: str
    description: str | None = None
    owner_user_id: str
    database_name: str | None = None
    table_name: str | None = None

    @property
    def table(self) -> str:
        """As it is called in a query: the quoted names of database and table."""
        return f'"{self.database_name}"."{self.table_name}"'


@dataclass(frozen=True, kw_only=True)
class DataPoint:
    """One value at one time, both as text."""

    timestamp: str
    value: str

    @property
    def time_ns(self) -> int | None:
        """Nanoseconds since the epoch; None if the text is no time."""
        return instant(self.timestamp)


@dataclass(frozen=True, kw_only=True)
class AttributeData:
    """An attribute of an asset."""

    name: str
    attribute_type: str
    last_value: str
    last_value_time: str
    data: tuple[DataPoint, ...] | None = None

    @property
    def last_value_ns(self) -> int | None:
        """The time of the last value in nanoseconds since the epoch; None if it is none."""
        return instant(self.last_value_time)


@dataclass(frozen=True, kw_only=True)
class AssetData:
    """An asset and its attributes."""

    asset_id: str
    name: str | None = None
    attributes: tuple[AttributeData, ...] | None = None

    def attribute(self, name: str) -> AttributeData | None:
        """The attribute of a name, None if there is none."""
        return next((a for a in self.attributes or () if a.name == name), None)


@dataclass(frozen=True, kw_only=True)
class LastValuesPage:
    """A page of last values."""

    query_id: str
    query_progress_percentage: float
    data: tuple[AssetData, ...]
    client_token: str | None = None
    next_token: str | None = None
    result_chunk_index: int | None = None


@dataclass(frozen=True, kw_only=True)
class QueryPage:
    """A page of a structured query; its rows come by the export alone."""

    query_id: str
    query_progress_percentage: float
    client_token: str | None = None
    next_token: str | None = None
    query_string: str | None = None
    presigned_url: str | None = None
    result_chunk_index: int | None = None


@dataclass(frozen=True, kw_only=True)
class TimestreamPage:
    """A page of an SQL query: JSON text, see `timestream.read_result`."""

    result_json_string: str
    client_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """An export was asked for."""

    query_id: str
    time_series_db_id: str | None = None
    file_format: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExportFile:
    """An export is complete."""

    query_id: str
    file_type: str
    file_size_bytes: int | None = None
    url: str


@dataclass(frozen=True, kw_only=True)
class CallStatus:
    """How a call within the platform went, as a status of HTTP."""

    http_status_code: int | None = None
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class UploadStatus:
    """An upload is complete, or failed."""

    upload_id: str
    http_status_code: int | None = None
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """A store or database that is shared."""

    service_id: str
    service_type: str
    data_store: DataStore | None = None
    time_series_db: TimeSeriesDb | None = None


@dataclass(frozen=True, kw_only=True)
class CollaborativeMember:
    """A user in a collaborative."""

    permission: str | None = None
    user: User | None = None


@dataclass(frozen=True, kw_only=True)
class CollaborativeMemberOrganization:
    """An organization in a collaborative, with those of its users who are members."""

    collaborative_id: str
    organization: Organization | None = None
    member_state: str | None = None
    access_approved_by_user_id: str | None = None
    submitted_by_user: User | None = None
    submitted_timestamp: str | None = None
    users_in_collaborative: tuple[CollaborativeMember, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Collaborative:
    """A collaborative: who shares with whom."""

    collaborative_id: str
    name: str
    description: str | None = None
    host_organization_id: str
    member_organizations: tuple[CollaborativeMemberOrganization, ...] | None = None

    def permission_of(self, user_id: str) -> str | None:
        """What a user may do here; None if the user is no member."""
        for organization in self.member_organizations or ():
            for member in organization.users_in_collaborative or ():
                if member.user is not None and member.user.user_id == user_id:
                    return member.permission
        return None


def steady(user: User) -> User:
    """A user without what every call may change."""
    return replace(user, last_active=None)
