// The code under test in the examples: a client that asks up to three times.
export async function getToken(issuer, client, secret, scope) {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(new URL('token', issuer), {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    if (answer.ok) return await answer.json();
    if (answer.status !== 503 || tries === 3) throw new Error((await answer.json()).error);
  }
}
