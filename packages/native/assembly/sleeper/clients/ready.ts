/** The answers that the Node program has left: tokens that are ready, and what does not change while the agent sleeps. */
import { Door, EntryFlag, Question, WAKE_AHEAD_SECONDS } from '../../generated';
import { Bytes } from '../bytes';
import { Moment } from '../clock';
import { Reader } from '../frames';
import { Request } from './request';

/** An agent runs: that is all that `check` asks. */
const yes = new Bytes();
yes.appendText('{"status":"success"}');

/** A token that is ready. */
@final
export class Entry {
  constructor(
    /** The account, a line end, the key. */
    readonly name: string,
    /** Whether a client at a terminal gets the same answer. */
    readonly isForTerminals: bool,
    /** Bits: the doors at which it may be given out. */
    readonly doors: u32,
    readonly endWall: f64,
    readonly endSteady: f64,
    /** Seconds before its end at which it is worth renewing, if it is used; below 0 for never. */
    readonly ahead: f64,
    /** The earliest time of a renewal, by the steady clock. */
    readonly notBefore: f64,
    readonly answer: Bytes,
    public isUsed: bool,
    /** When the account is to be unloaded. */
    readonly leavesWall: f64,
    readonly leavesSteady: f64,
  ) {}

  validFor(now: Moment): f64 {
    return now.until(this.endWall, this.endSteady);
  }

  isLoaded(now: Moment): bool {
    return now.until(this.leavesWall, this.leavesSteady) > 0;
  }

  /** Seconds until Node has to be there to renew it; infinite for one that was not used. */
  dueIn(now: Moment): f64 {
    if (!this.isUsed || this.ahead < 0) return Infinity;
    return max(this.validFor(now) - this.ahead, this.notBefore - now.steady) - WAKE_AHEAD_SECONDS;
  }
}

/** The answer to all questions of a kind, for which no token is ready. */
@final
class Fixed {
  constructor(
    readonly question: u32,
    readonly doors: u32,
    /** Whether it holds only as long as no further token is used. */
    readonly endsWithUse: bool,
    readonly endWall: f64,
    readonly endSteady: f64,
    readonly answer: Bytes,
  ) {}
}

@final
export class Ready {
  private entries: Entry[] = [];
  private byAccount: Map<string, Entry> = new Map();
  private byIssuer: Map<string, Entry> = new Map();
  private fixed: Fixed[] = [];
  private usedBefore: string[] = [];
  private readonly processId: Bytes = new Bytes();

  /** Says which process the agent is. */
  setProcessId(id: i32): void {
    this.processId.clear();
    this.processId.appendText(`{"status":"success","info":{"pid":${id}}}`);
  }

  /** The content of a frame ENTRY. */
  addEntry(frame: Reader): void {
    const flags = frame.u32();
    const doors = frame.u32();
    const endWall = frame.f64();
    const endSteady = frame.f64();
    const ahead = frame.f64();
    const notBefore = frame.f64();
    const leavesWall = frame.f64();
    const leavesSteady = frame.f64();
    const account = frame.text();
    const issuer = frame.text();
    const key = frame.text();
    const name = `${account}\n${key}`;
    const isForTerminals = (flags & EntryFlag.FOR_TERMINALS) !== 0;
    const isUsed = (flags & EntryFlag.USED) !== 0;
    const answer = frame.rest();
    const entry = new Entry(
      name,
      isForTerminals,
      doors,
      endWall,
      endSteady,
      ahead,
      notBefore,
      answer,
      isUsed,
      leavesWall,
      leavesSteady,
    );
    this.entries.push(entry);
    this.byAccount.set(name, entry);
    if (issuer !== '') this.byIssuer.set(`${withoutSlash(issuer)}\n${key}`, entry);
  }

  /** The content of a frame FIXED. */
  addFixed(frame: Reader): void {
    const question = frame.u32();
    const doors = frame.u32();
    const endsWithUse = frame.u32() !== 0;
    const endWall = frame.f64();
    const endSteady = frame.f64();
    this.fixed.push(new Fixed(question, doors, endsWithUse, endWall, endSteady, frame.rest()));
  }

  /** @returns null when the Node program has to answer */
  answer(request: Request, door: i32, now: Moment): Bytes | null {
    if (request.question === Question.ACCESS_TOKEN) {
      const token = this.token(request, door, now);
      if (token !== null) return token;
    }
    if (request.question === Question.PROCESS_ID && door === Door.OWNER) return this.processId;
    const isCheck = request.question === Question.CHECK || request.question === Question.PROCESS_ID;
    return isCheck ? yes : this.fixedAnswer(<u32>request.question, door, now);
  }

  private token(request: Request, door: i32, now: Moment): Bytes | null {
    const byAccount = request.account !== '';
    const name = byAccount
      ? `${request.account}\n${request.key}`
      : `${withoutSlash(request.issuer)}\n${request.key}`;
    const table = byAccount ? this.byAccount : this.byIssuer;
    if (!table.has(name)) return null;
    const entry = table.get(name);
    if ((entry.doors & (1 << door)) === 0) return null;
    if (request.hasTerminal && !entry.isForTerminals) return null;
    if (entry.validFor(now) <= request.minValid || !entry.isLoaded(now)) return null;
    if (!entry.isUsed) {
      entry.isUsed = true;
      this.forgetStatus();
    }
    return entry.answer;
  }

  private fixedAnswer(question: u32, door: i32, now: Moment): Bytes | null {
    for (let index = 0; index < this.fixed.length; index++) {
      const fixed = this.fixed[index];
      if (fixed.question !== question || (fixed.doors & (1 << door)) === 0) continue;
      // The clock was set back: Node would write later times of day.
      if (now.isSetBack(fixed.endWall, fixed.endSteady)) return null;
      return now.until(fixed.endWall, fixed.endSteady) > 0 ? fixed.answer : null;
    }
    return null;
  }

  /** Forgets what holds only as long as no further token is used, and no Node program dies. */
  forgetStatus(): void {
    const left: Fixed[] = [];
    for (let index = 0; index < this.fixed.length; index++) {
      const fixed = this.fixed[index];
      if (fixed.endsWithUse) fixed.answer.clear();
      else left.push(fixed);
    }
    this.fixed = left;
  }

  /** Seconds until a token is to be renewed. */
  dueIn(now: Moment): f64 {
    let due = Infinity;
    for (let index = 0; index < this.entries.length; index++) due = min(due, this.entries[index].dueIn(now));
    return due;
  }

  /** The content of a frame USED: an entry of the program that was this agent before. */
  addUsed(frame: Reader): void {
    this.usedBefore.push(frame.rest().toString());
  }

  /** The names of the entries that were used. */
  used(): string[] {
    const names = this.usedBefore.slice();
    for (let index = 0; index < this.entries.length; index++) {
      if (this.entries[index].isUsed) names.push(this.entries[index].name);
    }
    return names;
  }

  /** Has the answers of another one in place of its own. */
  take(other: Ready): void {
    this.clear();
    this.entries = other.entries;
    this.fixed = other.fixed;
    this.byAccount = other.byAccount;
    this.byIssuer = other.byIssuer;
  }

  /** Wipes all answers. */
  clear(): void {
    for (let index = 0; index < this.entries.length; index++) this.entries[index].answer.clear();
    for (let index = 0; index < this.fixed.length; index++) this.fixed[index].answer.clear();
    this.entries = [];
    this.fixed = [];
    this.usedBefore = [];
    this.byAccount = new Map();
    this.byIssuer = new Map();
  }
}

/** Issuers that differ in one slash at the end are the same. */
function withoutSlash(issuer: string): string {
  return issuer.endsWith('/') ? issuer.substring(0, issuer.length - 1) : issuer;
}
