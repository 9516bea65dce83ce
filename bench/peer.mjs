// node-oidc-provider as a peer: one table in PostgreSQL, Ed25519, rotated refresh tokens, one person who always agrees.
import http from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = createRequire(`${process.cwd()}/`);
const { Provider } = await import(pathToFileURL(installed.resolve("oidc-provider")));
const { Pool } = installed("pg");

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const pool = new Pool({ max: 10 }); // libpq's PG* variables say where
const run = (name, text, ...values) => pool.query({ name, text, values });

await pool.query(`CREATE TABLE IF NOT EXISTS peer (
  key text PRIMARY KEY, body jsonb NOT NULL, grant_id text, uid text, ends timestamptz, used timestamptz)`);
await pool.query("CREATE INDEX IF NOT EXISTS peer_grant ON peer (grant_id) WHERE grant_id IS NOT NULL");
await pool.query("CREATE INDEX IF NOT EXISTS peer_uid ON peer (uid) WHERE uid IS NOT NULL");

class Table {
  constructor(kind) {
    this.kind = kind;
  }

  key(id) {
    return `${this.kind}/${id}`;
  }

  async upsert(id, body, lifetime) {
    await run(
      "put",
      `INSERT INTO peer (key, body, grant_id, uid, ends) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
       ON CONFLICT (key) DO UPDATE SET body = excluded.body, grant_id = excluded.grant_id, ends = excluded.ends`,
      this.key(id), body, body.grantId, body.uid, lifetime ?? 1e8,
    );
  }

  async find(id) {
    const { rows } = await run("get", "SELECT body, used FROM peer WHERE key = $1 AND ends > now()", this.key(id));
    return this.read(rows);
  }

  async findByUid(uid) {
    const text = "SELECT body, used FROM peer WHERE uid = $1 AND key LIKE 'Session/%' AND ends > now()";
    return this.read((await run("by_uid", text, uid)).rows);
  }

  async findByUserCode() {}

  async consume(id) {
    await run("use", "UPDATE peer SET used = now() WHERE key = $1", this.key(id));
  }

  async destroy(id) {
    await run("drop", "DELETE FROM peer WHERE key = $1", this.key(id));
  }

  async revokeByGrantId(grant) {
    await run("drop_grant", "DELETE FROM peer WHERE grant_id = $1", grant);
  }

  read([row]) {
    return row && (row.used ? { ...row.body, consumed: Math.floor(row.used / 1000) } : row.body);
  }
}

const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const provider = new Provider(issuer, {
  adapter: Table,
  jwks: { keys: [{ ...key, alg: "Ed25519", use: "sig", kid: "bench" }] },
  enabledJWA: { idTokenSigningAlgValues: ["Ed25519"] },
  clientDefaults: { id_token_signed_response_alg: "Ed25519" },
  cookies: { keys: ["a key for the bench"] },
  scopes: ["mcp", "offline_access"],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `${issuer}/http`,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "mcp", audience: `${issuer}/http`, accessTokenTTL: 3600,
        accessTokenFormat: "opaque", jwt: { sign: { alg: "Ed25519", kid: "bench" } },
      }),
    },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  expiresWithSession: () => false,
  ttl: { AuthorizationCode: 600, AccessToken: 3600, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/agree/${interaction.uid}` },
  async loadExistingGrant({ oidc }) { // as with many people: each authorization has a grant of its own
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("mcp offline_access");
    grant.addResourceScope(`${issuer}/http`, "mcp");
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
http.createServer((request, response) => {
  if (request.url.startsWith("/agree/")) {
    provider.interactionFinished(request, response, { login: { accountId: "person" } }, { mergeWithLastSubmission: false });
  } else {
    answer(request, response);
  }
}).listen(port, "127.0.0.1");
