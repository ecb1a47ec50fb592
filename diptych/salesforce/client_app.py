"""The external client app by which a portal logs in to Salesforce: what differs from flow to flow."""

from __future__ import annotations

from dataclasses import dataclass

from contract.settings import AuthMethod, Portal
from diptych.loopback import PORT, redirect_uri

_COPY = """\
- Setup > External Client App Manager > Diptych > Settings > OAuth Settings: copy consumer key and secret into
  the portal's file as `client_id` and `client_secret`, and apply it."""
_AUTHORIZE = """
- `diptych authorize {portal} salesforce` prints an address: open it in a browser and log in as the
  integration user. Where the browser is on another machine, add `--code-from-stdin`. With another `--port`
  than {port}, change the callback URL of the app, too: `http://localhost:PORT/authorized`.
- Refresh tokens may be set to rotate, there under Security: Diptych keeps the newest before it uses it. A
  process that is killed in the instant between Salesforce's answer and that has to be authorized again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientApp:
    """One flow. `login` ends the sentence "the app logs in"; `refresh_tokens` is Salesforce's policy."""

    login: str
    client_credentials: bool
    callback_url: str
    scopes: str
    refresh_tokens: str
    steps: str

    def words(self, portal: int) -> dict[str, str]:
        """What the templates ask for."""
        return {
            "app_rows": f"| external client app `Diptych` | the login, by {self.login} |\n",
            "app_steps": self.steps.format(portal=portal, port=PORT),
            "callback_url": self.callback_url,
            "client_credentials": "true" if self.client_credentials else "false",
            "login": self.login,
            "refresh_tokens": self.refresh_tokens,
            "scopes": self.scopes,
        }

    def flow_user(self, user: str) -> str:
        """The element that names whom client credentials stand for; `user` is escaped already."""
        if not self.client_credentials:
            return ""
        return f"<clientCredentialsFlowUser>{user}</clientCredentialsFlowUser>\n    "


NO_APP: dict[str, str] = {
    **dict.fromkeys(("app_rows", "app_steps", "callback_url", "client_credentials", "login"), ""),
    **dict.fromkeys(("refresh_tokens", "scopes"), ""),
}
"""The words where there is no app."""


def client_app(portal: Portal) -> ClientApp | None:
    """The app of the portal's way to log in, None where that needs none of ours."""
    method = portal.salesforce.auth.method
    if method is AuthMethod.CLIENT_CREDENTIALS:
        return ClientApp(
            login="client credentials, as the integration user",
            client_credentials=True,
            callback_url=f"{portal.salesforce.instance_url}/services/oauth2/success",
            scopes="Api,Basic",
            refresh_tokens="Zero",
            steps=_COPY,
        )
    if method is AuthMethod.WEB_SERVER:
        return ClientApp(
            login="the web server flow with a refresh token, as the integration user",
            client_credentials=False,
            callback_url=redirect_uri(PORT),
            scopes="Api,Basic,RefreshToken",
            refresh_tokens="Infinite",
            steps=_COPY + _AUTHORIZE,
        )
    return None
