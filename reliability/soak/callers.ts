/**
 * Those who come during a soak, by kind: how often, with what, and what is right.
 *
 * @module
 */
import { foreignToken } from '../../benchmarks/scene.ts';
import type { Random } from '../../test/support/random.ts';
import { altered, inventedHosts, type Name, people, type StsHost, stsHosts, tokenOf } from '../people.ts';
import type { Right } from './oracle.ts';

export const cluster = 'soak.example.com';
/** Of another deployment, whose tokens are of no use here. */
const otherCluster = 'elsewhere.example.com';

/** Where callers sign for; faults are at these. */
export const soakHosts: readonly StsHost[] = stsHosts.filter(({ region }) =>
  ['us-east-1', 'eu-west-1', 'ap-south-1'].includes(region),
);

/** Somebody with a token. */
export interface Caller {
  readonly kind: string;
  readonly token: string;
  readonly right: Right;
  /** Whom STS has to be asked at about it; undefined where it is not. */
  readonly host: string | undefined;
  noneAt?: number;
}

interface Kind {
  readonly kind: string;
  /** Out of all of them. */
  readonly weight: number;
  readonly make: (random: Random) => Promise<Omit<Caller, 'kind'>>;
}

const may = (name: 'alice' | 'bob' | 'erin' | 'frank'): Right => ({
  let: 'in',
  username: people[name].username,
});
const out = (code: string): Right => ({ let: 'out', code });
const visitor: Right = { let: 'by policy', username: people.gina.username, code: 'not_mapped' };

/** Somebody who signs for one of the hosts. */
function signed(name: Name, right: Right): Kind['make'] {
  return async (random) => {
    const endpoint = random.pick(soakHosts);
    return { token: await tokenOf(people[name], { cluster, endpoint }), right, host: endpoint.host };
  };
}

/** Those whose tokens are used again as long as they are good. */
const lasting: readonly Kind[] = [
  { kind: 'mapped role', weight: 5, make: signed('alice', may('alice')) },
  { kind: 'mapped user', weight: 3, make: signed('bob', may('bob')) },
  { kind: 'permission set', weight: 3, make: signed('erin', may('erin')) },
  { kind: 'pattern', weight: 3, make: signed('frank', may('frank')) },
  { kind: 'visitor', weight: 4, make: signed('gina', visitor) },
  { kind: 'denied by rule', weight: 2, make: signed('carl', out('denied_by_rule')) },
  { kind: 'not mapped', weight: 2, make: signed('dave', out('not_mapped')) },
];

const passing: readonly Kind[] = [
  { kind: 'unknown key', weight: 2, make: signed('hugo', out('sts_access_key_unknown')) },
  {
    kind: 'altered',
    weight: 3,
    async make(random) {
      const { token, host } = await signed('alice', may('alice'))(random);
      return { token: altered(token), right: out('sts_signature_mismatch'), host };
    },
  },
  {
    kind: 'other audience',
    weight: 3,
    async make(random) {
      const endpoint = random.pick(soakHosts);
      const token = await tokenOf(people.alice, { cluster: otherCluster, endpoint });
      return { token, right: out('sts_signature_mismatch'), host: endpoint.host };
    },
  },
  {
    kind: 'expired',
    weight: 3,
    async make() {
      const token = await tokenOf(people.alice, { cluster, seconds: 1000 });
      return { token, right: out('token_expired'), host: undefined };
    },
  },
  {
    kind: 'foreign',
    weight: 4,
    async make() {
      return { token: foreignToken(), right: out(''), host: undefined };
    },
  },
  {
    kind: 'invented region',
    weight: 2,
    async make(random) {
      const endpoint = random.pick(inventedHosts);
      const token = await tokenOf(people.alice, { cluster, endpoint });
      return { token, right: out('sts_host_unlisted'), host: endpoint.host };
    },
  },
];

/** How many of a hundred come with a token that they had before. */
const againOf100 = 60;
/** Tokens that are kept for that, and how many uses one has at the most. */
const kept = 300;

/** Whoever comes next. */
export class Callers {
  readonly #random: Random;
  readonly #known: Caller[] = [];
  readonly #deck: readonly Kind[] = [...lasting, ...passing].flatMap((kind) =>
    Array<Kind>(kind.weight).fill(kind),
  );

  constructor(random: Random) {
    this.#random = random;
  }

  async next(): Promise<Caller> {
    const random = this.#random;
    if (this.#known.length > 0 && random.below(100) < againOf100) return random.pick(this.#known);
    const kind = random.pick(this.#deck);
    const caller: Caller = { kind: kind.kind, ...(await kind.make(random)) };
    if (lasting.includes(kind)) this.#keep(caller);
    return caller;
  }

  /** In the place of any other: no token stays for as long as its 15 minutes. */
  #keep(caller: Caller): void {
    if (this.#known.length < kept) this.#known.push(caller);
    else this.#known[this.#random.below(kept)] = caller;
  }
}
