import type { DoneEvent, JobEvent, QuestionEvent, StartEvent } from '../../jobs/job-events.ts';
import type { EngineCommand } from '../../jobs/job-spec.ts';
import { safeText } from '../../text/safe.ts';
import type { JobLink } from '../../tui/rescue/watched-job.ts';
import { WORDS, withoutCommands } from '../../tui/words.ts';
import { LineView } from '../line-view.ts';
import { terminalLook } from '../terminal.ts';
import type { Conversation } from './conversation.ts';

/** How the watching of a job has ended. */
export type Watched =
  | { readonly kind: 'done'; readonly done: DoneEvent; readonly start: StartEvent }
  | { readonly kind: 'refused' }
  /** It goes on by itself. */
  | { readonly kind: 'left' }
  /** The engine ended without a last word. */
  | { readonly kind: 'died'; readonly job: string | undefined };

/** Says what a job tells until it ends or the person has seen enough. Lines that are typed meanwhile are for the job. */
export async function watchInLines(talk: Conversation, link: JobLink): Promise<Watched> {
  const watching = new Watching(talk, link);
  const release = talk.listen((line) => watching.typed(line));
  const leave = (): void => watching.leave();
  process.on('SIGINT', leave);
  try {
    return await watching.run();
  } finally {
    process.off('SIGINT', leave);
    release();
  }
}

class Watching {
  readonly #talk: Conversation;
  readonly #link: JobLink;
  readonly #view: LineView;
  readonly #left = Promise.withResolvers<'left'>();
  #start: StartEvent | undefined;
  #question: QuestionEvent | undefined;
  #isPaused = false;
  #stops = 0;
  #isAlone = false;

  constructor(talk: Conversation, link: JobLink) {
    this.#talk = talk;
    this.#link = link;
    const look = process.stdout.isTTY
      ? terminalLook(process.env)
      : { ...terminalLook(process.env), colour: false };
    this.#view = new LineView((line) => void process.stdout.write(`${line}\n`), look);
  }

  async run(): Promise<Watched> {
    this.#talk.say(WORDS.plain.watchKeys);
    const events = this.#link.events[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([events.next(), this.#left.promise]);
      if (next === 'left') {
        this.#link.leave?.();
        this.#talk.say(WORDS.plain.left);
        return { kind: 'left' };
      }
      if (next.done) return { kind: 'died', job: this.#start?.job };
      const event = next.value;
      this.#view.show(event);
      const end = this.#took(event);
      if (end) return end;
    }
  }

  leave(): void {
    // What has not begun would end with this program.
    if (this.#start) this.#left.resolve('left');
    else this.#talk.say(WORDS.plain.notYet);
  }

  typed(line: string | undefined): void {
    if (line === undefined) {
      this.#isAlone = true;
      if (this.#question) this.#answerAlone(this.#question);
      return;
    }
    if (line === '') return;
    if (line === '?' || line === 'h') this.#talk.say(WORDS.plain.watchKeys);
    else if (line === 'q') this.leave();
    else if (line === 's') {
      this.#link.send({ do: 'stop', skipMarking: this.#stops++ > 0 });
      this.#talk.say(WORDS.plain.stopping);
    } else if (line === 'p') {
      this.#link.send({ do: this.#isPaused ? 'resume' : 'pause' });
      this.#talk.say(this.#isPaused ? WORDS.running.resuming : WORDS.running.pausing);
    } else if (!this.#answered(line)) this.#talk.say(WORDS.plain.notThat(safeText(line)));
  }

  #took(event: JobEvent): Watched | undefined {
    switch (event.event) {
      case 'start':
        this.#start = event;
        break;
      case 'progress':
        this.#isPaused = event.waitingFor === 'user';
        break;
      case 'phase':
        this.#question = undefined;
        break;
      case 'question':
        return this.#asked(event);
      case 'refused':
        this.#talk.say(`${WORDS.notice.refused}. ${event.message} ${withoutCommands(event.advice)}`);
        return { kind: 'refused' };
      case 'done':
        return this.#start && { kind: 'done', done: event, start: this.#start };
      default:
        break;
    }
    return undefined;
  }

  #asked(question: QuestionEvent): Watched | undefined {
    if (question.code === 'target-not-empty') {
      this.#link.kill?.();
      this.#talk.say(`${question.message} ${WORDS.plain.otherName}`);
      return { kind: 'refused' };
    }
    this.#question = question;
    this.#talk.say(`\n${question.message} ${withoutCommands(question.advice)}`);
    this.#talk.say(WORDS.running.answers[question.code === 'gpt-not-right' ? 'fix' : 'try']);
    if (this.#isAlone) this.#answerAlone(question);
    return undefined;
  }

  #answered(line: string): boolean {
    const code = this.#question?.code;
    const answers: Readonly<Record<string, EngineCommand>> =
      code === 'hopeless-left'
        ? { t: { do: 'hopeless', try: true }, l: { do: 'hopeless', try: false } }
        : code === 'gpt-not-right'
          ? { f: { do: 'fix-gpt', fix: true }, l: { do: 'fix-gpt', fix: false } }
          : {};
    const answer = answers[line];
    if (answer) {
      this.#question = undefined;
      this.#link.send(answer);
    }
    return answer !== undefined;
  }

  /** There is nobody who could answer: it does what a rescue without a terminal does. */
  #answerAlone({ code }: QuestionEvent): void {
    this.#talk.say(WORDS.plain.nobody);
    this.#link.send(code === 'gpt-not-right' ? { do: 'fix-gpt', fix: false } : { do: 'hopeless', try: true });
    this.#question = undefined;
  }
}
