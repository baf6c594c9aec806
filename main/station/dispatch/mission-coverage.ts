import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

export interface MissionCoverageOptions {
  store: { as(dispatcherId: string): { read: Pick<Store['read'], 'visibleMissions'> } };
  /** Missions that are held in memory, where no policy of the database reaches. */
  liveMissions(): readonly string[];
  clock: Clock;
  log: Log;
}

export interface MissionCoverage {
  /** Those of the live missions that the person may see. */
  visibleTo(dispatcherId: string): Promise<ReadonlySet<string>>;
  /** @throws {Refusal} NOT_FOUND for a mission that does not exist or that the person may not see. */
  require(missionId: string, dispatcherId: string): Promise<void>;
  /** To be called when what people may see may have changed: an emergency was corrected, a person's coverage set. */
  outdated(): void;
}

interface Answer {
  /** Null until the database has answered for the first time. */
  asked: ReadonlySet<string> | null;
  visible: ReadonlySet<string>;
  /** Monotonic. */
  askedAtMs: number;
  usedAtMs: number;
  asking: Promise<void> | null;
}

/** Older answers are asked again, in the background: they stay in use until the new one is there. */
const ASK_AGAIN_MS = 10_000;
/** People who have not looked for this long are forgotten. */
const FORGET_AFTER_MS = 600_000;

/**
 * Who may see which of the missions that fly. The database alone decides, by its policies; what it said is kept for a
 * while, so that an abort never waits for it and goes on when it is lost: whoever had the mission on the screen can
 * act on it.
 */
export function createMissionCoverage(options: MissionCoverageOptions): MissionCoverage {
  const { store, liveMissions, clock, log } = options;
  const answers = new Map<string, Answer>();

  function answerFor(dispatcherId: string): Answer {
    const nowMs = clock.monotonicMs();
    for (const [person, { usedAtMs }] of answers)
      if (nowMs - usedAtMs > FORGET_AFTER_MS) answers.delete(person);
    const known = answers.get(dispatcherId);
    const answer = known ?? {
      asked: null,
      visible: new Set(),
      askedAtMs: Number.NEGATIVE_INFINITY,
      usedAtMs: nowMs,
      asking: null,
    };
    answer.usedAtMs = nowMs;
    answers.set(dispatcherId, answer);
    return answer;
  }

  function ask(dispatcherId: string, answer: Answer): Promise<void> {
    answer.asking ??= askDatabase(dispatcherId, answer).finally(() => {
      answer.asking = null;
    });
    return answer.asking;
  }

  async function askDatabase(dispatcherId: string, answer: Answer): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    const missionIds = [...liveMissions()];
    const visible = await store.as(dispatcherId).read.visibleMissions({ missionIds });
    answer.asked = new Set(missionIds);
    answer.visible = new Set(visible);
    answer.askedAtMs = askedAtMs;
  }

  /** A database that does not answer leaves what it said before. */
  function askAgain(dispatcherId: string, answer: Answer): Promise<void> {
    return ask(dispatcherId, answer).catch((error: unknown) =>
      log.warn('coverage-not-read', { reason: error instanceof Refusal ? error.code : 'unknown' }),
    );
  }

  async function visibleTo(dispatcherId: string): Promise<ReadonlySet<string>> {
    const answer = answerFor(dispatcherId);
    const lacksOne = (): boolean => liveMissions().some((missionId) => answer.asked?.has(missionId) !== true);
    // Twice: what was being asked when this one began may not have named the newest mission yet.
    for (let round = 0; round < 2 && lacksOne(); round++)
      await (answer.asked === null ? ask(dispatcherId, answer) : askAgain(dispatcherId, answer));
    if (clock.monotonicMs() - answer.askedAtMs > ASK_AGAIN_MS) void askAgain(dispatcherId, answer);
    return answer.visible;
  }

  return {
    visibleTo,
    async require(missionId, dispatcherId) {
      const isVisible = answerFor(dispatcherId).asked?.has(missionId)
        ? (await visibleTo(dispatcherId)).has(missionId)
        : (await store.as(dispatcherId).read.visibleMissions({ missionIds: [missionId] })).length > 0;
      if (!isVisible) throw new Refusal('NOT_FOUND', 'There is no mission with this id.');
    },
    outdated() {
      for (const answer of answers.values()) answer.askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
