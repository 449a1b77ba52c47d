/**
 * A KV namespace that speaks HTTP, as workerd asks it.
 *
 * @module
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Policy } from '../../src/mapping/rule.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { policyKey } from '../../src/policy/record.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { AtomicStore } from '../../src/store/store.ts';
import { alteredPart, author, type PolicyStore, type StoreFault } from './policy-store.ts';

const slowMs = 500;

/** Of a KV namespace as workerd asks it. */
export class KvPolicies implements PolicyStore {
  readonly faults = [
    'absent',
    'truncated',
    'garbage',
    'older',
    'altered',
    'slow',
    'silent',
    'failing',
    'resets',
  ] as const;
  readonly variables = {};
  readonly #store: AtomicStore = new MemoryStore();
  readonly #spoilt = new Map<string, StoreFault>();
  readonly #first = new Map<string, string>();
  readonly #server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').slice(1).split('?');
    this.#answer(decodeURIComponent(path), response).catch(() => response.destroy());
  });

  static async start(): Promise<KvPolicies> {
    const kv = new KvPolicies();
    await new Promise<void>((resolve) => kv.#server.listen(0, '127.0.0.1', resolve));
    return kv;
  }

  get kvPort(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async publish(cluster: string, policy: Policy): Promise<void> {
    await publishPolicy(this.#store, cluster, policy, { author });
    const text = (await this.#store.get(policyKey(cluster))) ?? '';
    if (!this.#first.has(cluster)) this.#first.set(cluster, text);
  }

  async spoil(cluster: string, fault: StoreFault | undefined): Promise<void> {
    if (fault === undefined) this.#spoilt.delete(cluster);
    else this.#spoilt.set(cluster, fault);
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(key: string, response: ServerResponse): Promise<void> {
    const [, cluster = '', ...below] = key.split('/');
    const isPart = below.length > 0;
    const value = await this.#store.get(key);
    const fault = this.#spoilt.get(cluster);
    const tell = (text: string | undefined) =>
      text === undefined ? response.writeHead(404).end() : response.writeHead(200).end(text);
    switch (fault) {
      case undefined:
      case 'unreadable':
        return void tell(value);
      case 'absent':
        return void tell(undefined);
      case 'truncated':
        return void tell(isPart ? value : value?.slice(0, value.length >> 1));
      case 'garbage':
        return void tell('\0\xff{"format":');
      case 'older':
        return void tell(isPart ? value : this.#first.get(cluster));
      case 'altered':
        return void tell(isPart && value !== undefined ? alteredPart(value) : value);
      case 'slow':
        return void setTimeout(() => tell(value), slowMs);
      case 'silent':
        return;
      case 'failing':
        return void response.writeHead(500).end('told by the test');
      case 'resets':
        return void response.socket?.resetAndDestroy();
    }
  }
}
