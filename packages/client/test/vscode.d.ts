/** The part of the API of VS Code that examples/extension.js uses: https://code.visualstudio.com/api/references/vscode-api */
declare module 'vscode' {
  interface Disposable {
    dispose(): unknown;
  }
  export interface CancellationToken {
    onCancellationRequested(listener: () => void): Disposable;
  }
  export const ProgressLocation: { readonly Notification: number };
  export const commands: {
    registerCommand(command: string, callback: () => unknown): Disposable;
  };
  export const window: {
    showQuickPick(items: readonly string[], options: { placeHolder?: string }): Promise<string | undefined>;
    withProgress<Result>(
      options: { location: number; title?: string; cancellable?: boolean },
      task: (progress: unknown, token: CancellationToken) => Promise<Result>,
    ): Promise<Result>;
    showInformationMessage(message: string): Promise<string | undefined>;
    showErrorMessage(
      message: string,
      options: { modal?: boolean; detail?: string | undefined },
    ): Promise<string | undefined>;
  };
}
