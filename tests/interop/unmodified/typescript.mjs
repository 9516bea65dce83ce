// Drives a TypeScript SDK's own client over lines of JSON, for the tests in Python beside it.
//
// Arguments: the package, the MCP server's address, the redirect URI, and optionally the address of a Client ID
// Metadata Document. Reads `{"call": tool}` and, after it printed `{"open": url}`, `{"callback": url}`.
// Prints `{"result": text}` or `{"error": words}` for each call.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [name, server, redirect, documentUrl] = process.argv.slice(2);
const load = createRequire(`${process.cwd()}/package.json`);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } =
  name === "@modelcontextprotocol/sdk"
    ? {
        ...load(`${name}/client/index.js`),
        ...load(`${name}/client/streamableHttp.js`),
        ...load(`${name}/client/auth.js`),
      }
    : load(name);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const heard = async () => {
  const { value, done } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
};

const kept = {};
const provider = {
  redirectUrl: redirect,
  clientMetadataUrl: documentUrl,
  clientMetadata: {
    client_name: `Driver of ${name}`,
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => crypto.randomUUID(),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => void (kept.discovery = state),
  discoveryState: () => kept.discovery,
  invalidateCredentials(scope) {
    for (const what of scope === "all" ? ["client", "tokens", "verifier", "discovery"] : [scope]) delete kept[what];
  },
  redirectToAuthorization: (url) => say({ open: String(url) }),
};

let client;
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
  client = new Client({ name: "driver", version: "1" });
  await client.connect(transport);
};
const signIn = async () => {
  const { searchParams } = new URL((await heard()).callback);
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
  await transport.finishAuth(name === "@modelcontextprotocol/sdk" ? searchParams.get("code") : searchParams);
  client = undefined;
};
const call = async (tool) => {
  if (!client) await connect();
  const { content } = await client.callTool({ name: tool, arguments: {} });
  return content[0].text;
};

for (;;) {
  const { call: tool } = await heard();
  try {
    try {
      say({ result: await call(tool) });
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      await signIn();
      say({ result: await call(tool) });
    }
  } catch (error) {
    say({ error: String(error?.stack ?? error) });
  }
}
