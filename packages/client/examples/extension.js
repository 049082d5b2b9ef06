// An extension for VS Code: a command that shows the user of an account.
import { AgentError, accounts, getToken } from '@jeton/client';
import * as vscode from 'vscode';

export function activate(context) {
  context.subscriptions.push(vscode.commands.registerCommand('example.whoAmI', whoAmI));
}

async function whoAmI() {
  try {
    const account = await vscode.window.showQuickPick(await accounts(), { placeHolder: 'Account' });
    if (account === undefined) return;
    const { token, issuer } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Getting a token', cancellable: true },
      (_progress, cancellation) => tokenOf(account, cancellation),
    );
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(new URL('userinfo', issuer), { headers });
    const { name, sub } = await response.json();
    await vscode.window.showInformationMessage(`${account}: ${name ?? sub}`);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (error.code === 'aborted') return;
    await vscode.window.showErrorMessage(error.message, { modal: true, detail: error.hint });
  }
}

/** If the agent asks the user to confirm, it shows the name of this program. */
function tokenOf(account, cancellation) {
  const controller = new AbortController();
  cancellation.onCancellationRequested(() => controller.abort());
  return getToken({ account, applicationHint: 'VS Code', signal: controller.signal });
}
