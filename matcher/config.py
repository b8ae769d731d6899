"""What a matcher is configured with."""

from pathlib import Path
from typing import Final, final

from proto.mesh.address import read_matcher_address
from proto.settings import Settings

SHARD: Final = 0


@final
class MatcherConfig:
    """Configuration of one matcher.

    Attributes:
        shard: Which shard it serves.
        data_dir: Holds the journal and the socket.
        redis_url: Redis, for market data, history and the registry.
        endpoint: Where it listens for the mesh.
        markets_file: Read when the journal is empty.
        snapshot_commands: Commands from one snapshot to the next.
        keeps_archive: Whether segments that no start needs any more are kept in the archive.
    """

    __slots__ = (
        "data_dir",
        "endpoint",
        "keeps_archive",
        "markets_file",
        "redis_url",
        "shard",
        "snapshot_commands",
    )

    def __init__(self, settings: Settings) -> None:
        """Read the configuration.

        Raises:
            SettingError: If a setting cannot be used.
        """
        settings.auth()
        self.shard: Final = SHARD
        self.data_dir: Final = settings.data_dir()
        self.redis_url: Final = settings.required("REDIS_URL", "a URL such as redis://127.0.0.1")
        self.endpoint: Final = read_matcher_address(settings, SHARD).endpoint
        self.markets_file: Final = Path(settings.text("TICKMESH_MARKETS", "markets.toml"))
        self.snapshot_commands: Final = settings.integer(
            "TICKMESH_SNAPSHOT_COMMANDS", 200_000, 1_000, 1_000_000_000
        )
        archive = settings.choice("TICKMESH_ARCHIVE", ("keep", "delete"))
        self.keeps_archive: Final = archive == "keep"

    @property
    def journal_folder(self) -> Path:
        """Where the segments of the journal are."""
        return self.data_dir / "journal"

    @property
    def archive_folder(self) -> Path:
        """Where segments go that no start needs any more."""
        return self.journal_folder / "archive"

    @property
    def snapshots_folder(self) -> Path:
        """Where the snapshots are."""
        return self.data_dir / "snapshots"

    @property
    def pid_file(self) -> Path:
        """Where the process id of the running matcher is found."""
        return self.data_dir / "run" / "matcher.pid"
