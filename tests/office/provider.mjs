// The office's provider of sign-ins: oidc-provider as its package is, with one client and anybody who types an address.
// What it says of somebody it says at userinfo, and not in the ID token, as OpenID Connect Core 5.4 has it.
import Provider from "oidc-provider";

const { port, client, secret, portal } = JSON.parse(process.argv[2]);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: client,
      client_secret: secret,
      redirect_uris: [`${portal}/login/provider/return`],
      post_logout_redirect_uris: [`${portal}/login`],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: true }),
  }),
});

provider.listen(port, "127.0.0.1");
