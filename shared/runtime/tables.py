"""What every migration needs: schemas, grants and tenant protection. Import it in Alembic versions only.

Roles of a service S: `lead_S_owner` owns everything and cannot log in; `lead_S_migrate` becomes it to
migrate; `web` sees rows of its scope; `consumer`, `relay` and `sealer` see the rows of the tables they
are granted. Metrics has `public` besides, which is granted snapshots only.
"""

from __future__ import annotations

from alembic import op

ROLES = ("web", "consumer", "relay", "sealer")
_SEES_ALL = ("consumer", "relay", "sealer", "owner")


def create_schemas(service: str) -> None:
    """Schemas `own` and `copied` and the function of the scope; first line of migration 0001."""
    roles = [_role(service, role) for role in ROLES]
    if service == "metrics":
        roles.append(_role(service, "public"))
    for schema in ("own", "copied"):
        op.execute(f"create schema if not exists {schema}")
        op.execute(f"grant usage on schema {schema} to {', '.join(roles)}")
    op.execute("""
        create or replace function own.in_scope(programme text, municipality text, agency_ori text)
        returns boolean language sql stable parallel safe as $$
          select coalesce(
            string_to_array(nullif(current_setting('lead.scope', true), ''), ' ') && array[
              'programme:' || replace(programme, ' ', '_'),
              'municipality:' || replace(municipality, ' ', '_'),
              'agency:' || replace(agency_ori, ' ', '_')],
            false)
        $$""")


def grant(table: str, **by_role: str) -> None:
    """Grant rights by role: grant("own.charge", web="select", consumer="select, insert, update")."""
    for role, rights in by_role.items():
        op.execute(f"grant {rights} on {table} to {_role(_service(), role)}")


def protect(table: str, *, tenant: bool = True) -> None:
    """Force row-level security: web sees rows in its scope, the other roles see all.

    `tenant=False` is for rows that belong to no tenant (sessions, feed bookkeeping): web sees them all,
    within its grants. A tenant table must have columns programme, municipality and agency_ori.
    """
    service = _service()
    sees_all = ", ".join(_role(service, role) for role in _SEES_ALL)
    condition = "own.in_scope(programme, municipality, agency_ori)" if tenant else "true"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy all_rows on {table} to {sees_all} using (true) with check (true)")
    op.execute(
        f"create policy scope on {table} to {_role(service, 'web')} using ({condition}) with check ({condition})"
    )


def _service() -> str:
    """The service whose history runs, as its migration set it in this session."""
    found = op.get_bind().exec_driver_sql("select current_setting('lead.service')").scalar()
    return str(found)


def _role(service: str, role: str) -> str:
    return f"lead_{service}_{role}"
