/** The start of the agent: the frames of the program that starts it, and the agent's report to that program. */
import { Frame, notReady, Problem, READY } from '../generated';
import { describeFileError } from '../system-errors';
import { encodeUtf8 } from '../text/utf8';
import { Bytes } from './bytes';
import { Clients } from './clients/clients';
import { Ready } from './clients/ready';
import { beginFrame, Reader } from './frames';
import * as host from './host';
import { PidFile } from './pid-file';
import { SocketFolder } from './sockets/socket-folder';
import { Socket } from './sockets/sockets';

/** Descriptors that the starter sets up: its frames, the pipe for the report, and one that closes when the starter ends. */
const LAUNCH_FD: i32 = 0;
const REPORT_FD: i32 = 3;
export const STARTER_FD: i32 = 4;

/** Seconds that a Node program gets to start, also on a computer that is very busy. */
const START_SECONDS: f64 = 30;

const PIECE_BYTES: i32 = 4096;

/** What the agent was started with. */
@final
export class Launch {
  /** The program to run when the agent wakes, and its argument. */
  program: string = '';
  script: string = '';
  /** For the Node program, which alone reads them. */
  readonly settings: Bytes = new Bytes();
  readonly sockets: Socket[] = [];
  /** The folder and the file that the agent removes at its end. */
  folder: SocketFolder = new SocketFolder('');
  pidFile: PidFile = new PidFile('');
  /** Seconds between two checks of whether the sockets are there. */
  checkSeconds: f64 = 60;
  endsWithStarter: bool = false;
  /** Whether the Node program logs each request, so that it has to answer each. */
  isLogged: bool = false;
  /** Where this program is, if the agent is to go on with a new one that replaces the file; else empty. */
  ownProgram: string = '';
  /** How many Node programs have died. */
  deaths: u32 = 0;
  /** Whether the starter's first frame was of the same version. */
  private isUnderstood: bool = false;
  /** All that the starter has said, as it came. */
  private readonly frames: Bytes = new Bytes();
  /** How many sockets this process has inherited from the program that it was before an update. */
  private inherited: i32 = 0;
  startSeconds: f64 = START_SECONDS;

  /** Reads all frames of the starter, or of the program that was this agent before. */
  read(state: Bytes, ready: Ready, clients: Clients): void {
    const bytes = new Bytes();
    let count = 1;
    while (count > 0) {
      count = host.read(LAUNCH_FD, bytes.room(PIECE_BYTES), PIECE_BYTES);
      if (count > 0) bytes.size += count;
    }
    const frame = new Reader();
    while (frame.begin(bytes)) {
      this.isUnderstood = this.isUnderstood || frame.isSameVersion();
      if (!this.isUnderstood) break;
      if (frame.kind === Frame.STATE) state.become(frame.rest());
      else if (frame.kind === Frame.FIXED) ready.addFixed(frame);
      else if (frame.kind === Frame.USED) ready.addUsed(frame);
      else if (frame.kind === Frame.DEATHS) this.deaths = frame.u32();
      else if (frame.kind === Frame.CLIENT) clients.adopt(frame);
      else if (frame.kind === Frame.INHERITED) this.inherit(frame);
      else {
        this.take(frame);
        frame.copy(this.frames);
      }
      frame.finish(bytes);
    }
    bytes.clear();
  }

  private take(frame: Reader): void {
    const kind = frame.kind;
    if (kind === Frame.PROGRAM) this.program = frame.text();
    else if (kind === Frame.SCRIPT) this.script = frame.text();
    else if (kind === Frame.SETTINGS) this.settings.become(frame.rest());
    else if (kind === Frame.FOLDER) this.folder = new SocketFolder(frame.text());
    else if (kind === Frame.PID_FILE) this.pidFile = new PidFile(frame.text());
    else if (kind === Frame.UPDATE) this.ownProgram = frame.text();
    else if (kind === Frame.TIMING) {
      this.checkSeconds = frame.f64();
      this.endsWithStarter = frame.u32() !== 0;
      const seconds = frame.f64();
      if (seconds > 0) this.startSeconds = seconds;
    } else if (kind === Frame.LOGGED) this.isLogged = true;
    else if (kind === Frame.SOCKET) {
      const door = <i32>frame.u32();
      const isNeeded = frame.u32() !== 0;
      const group = <i32>frame.u32();
      const path = frame.text();
      const folder = frame.text();
      this.sockets.push(new Socket(door, isNeeded, group, path, folder, <i32>frame.u32()));
    }
  }

  private inherit(frame: Reader): void {
    const fd = <i32>frame.u32();
    const device = frame.u64();
    if (this.inherited < this.sockets.length) this.sockets[this.inherited++].adopt(fd, device, frame.u64());
  }

  /** Whether this process was the agent before, as another program. */
  get isContinued(): bool {
    return this.inherited > 0;
  }

  /** Writes all frames for a program that goes on as this agent, and the descriptors that it needs. */
  handOver(to: Bytes, descriptors: i32[]): void {
    to.append(this.frames.start, this.frames.size);
    for (let index = 0; index < this.sockets.length; index++) {
      const socket = this.sockets[index];
      beginFrame(to, Frame.INHERITED, 20);
      to.appendU32(socket.fd);
      to.appendU64(socket.device);
      to.appendU64(socket.inode);
      if (socket.fd >= 0) descriptors.push(socket.fd);
    }
    if (this.endsWithStarter) descriptors.push(STARTER_FD);
  }

  /** Listens at all sockets, writes the PID file, and reports success or why not. @returns whether the agent runs */
  begin(): bool {
    if (!this.isUnderstood)
      return this.fail(Problem.START, 'the files of jeton were replaced meanwhile; try again');
    if (this.sockets.length === 0) return false;
    if (this.isContinued) {
      if (this.endsWithStarter) host.adopt(STARTER_FD);
      return true;
    }
    for (let index = 0; index < this.sockets.length; index++) {
      const socket = this.sockets[index];
      const error = socket.open();
      if (error === 0 || !socket.isNeeded) continue;
      return this.fail(Problem.SOCKET, socket.problem(error));
    }
    const error = this.pidFile.write();
    if (error !== 0) {
      return this.fail(Problem.PID_FILE, `${this.pidFile.path}: ${describeFileError(error)}`);
    }
    report(READY);
    if (!this.endsWithStarter) host.close(STARTER_FD);
    return true;
  }

  removeSockets(): void {
    for (let index = 0; index < this.sockets.length; index++) this.sockets[index].remove();
  }

  private fail(problem: string, reason: string): bool {
    this.removeSockets();
    report(notReady(problem, escaped(reason)));
    return false;
  }
}

function report(text: string): void {
  const encoded = encodeUtf8(text);
  host.write(REPORT_FD, changetype<usize>(encoded), encoded.byteLength);
  host.close(REPORT_FD);
}

/** As JSON has it: of the characters that JSON escapes, the starter admits only these two in a path. */
export function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
