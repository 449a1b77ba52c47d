/**
 * moto, an AWS in Python that others wrote. It does not check signatures by default.
 *
 * @module
 */
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { freePort, Program } from './processes.ts';
import { pythonEnvironment } from './python.ts';

export const motoVersion = '5.2.5';
/** moto's account for keys that it has not given itself. */
export const motoAccount = '123456789012';
export const motoRegion = 'eu-west-1';
export const motoKey: MotoKey = { accessKeyId: 'AKIAEXAMPLEINTEROP00', secretAccessKey: 'interop' };

export interface MotoKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A moto that runs. */
export class Moto {
  readonly origin: string;
  readonly #server: Program;

  private constructor(origin: string, server: Program) {
    this.origin = origin;
    this.#server = server;
  }

  static async start(): Promise<Moto> {
    const bin = pythonEnvironment(`moto-${motoVersion}`, [`moto[server]==${motoVersion}`]);
    const port = await freePort();
    const command = [join(bin, 'moto_server'), '-H', '127.0.0.1', '-p', String(port)];
    const server = new Program('moto', join(bin, 'python'), command);
    const origin = `http://127.0.0.1:${port}/`;
    try {
      await server.ready(async () => {
        const answer = await fetch(`${origin}moto-api/data.json`).catch(() => undefined);
        return answer?.ok === true;
      });
    } catch (error) {
      await server.end();
      throw error;
    }
    return new Moto(origin, server);
  }

  end(): Promise<void> {
    return this.#server.end();
  }

  /** A call that is none of callerid's. */
  async call(
    service: 'ec2' | 'sts',
    parameters: Record<string, string>,
    key: MotoKey = motoKey,
  ): Promise<string> {
    const Version = service === 'ec2' ? '2016-11-15' : '2011-06-15';
    const body = new URLSearchParams({ Version, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signed = await new AwsV4Signer({
      url: this.origin,
      method: 'POST',
      headers,
      body,
      service,
      region: motoRegion,
      ...key,
    }).sign();
    const response = await fetch(signed.url, { method: 'POST', headers: signed.headers, body });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`moto to ${parameters.Action}: ${text}`);
    return text;
  }

  async runInstances(count: number, key?: MotoKey): Promise<string[]> {
    const counts = { MinCount: String(count), MaxCount: String(count) };
    const ImageId = 'ami-12c6146b'; // one of those that moto brings
    const answer = await this.call('ec2', { Action: 'RunInstances', ImageId, ...counts }, key);
    const ids = [...answer.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)].map(([, id]) => String(id));
    if (ids.length !== count) throw new Error(`moto ran ${ids.length} instances, not ${count}`);
    return ids;
  }

  /** The name of an instance by its ID, which is another way than ours. */
  async nameOf(id: string, key?: MotoKey): Promise<string> {
    const answer = await this.call('ec2', { Action: 'DescribeInstances', 'InstanceId.1': id }, key);
    // moto names the network interfaces otherwise, and first
    const own = answer.replace(/<networkInterfaceSet>.*?<\/networkInterfaceSet>/gs, '');
    const name = /<privateDnsName>([^<]+)<\/privateDnsName>/.exec(own)?.[1];
    if (name === undefined) throw new Error(`moto has no name for ${id}`);
    return name;
  }

  async assume(RoleArn: string): Promise<MotoKey> {
    const answer = await this.call('sts', { Action: 'AssumeRole', RoleArn, RoleSessionName: 'interop' });
    const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
    return {
      accessKeyId: read('AccessKeyId'),
      secretAccessKey: read('SecretAccessKey'),
      sessionToken: read('SessionToken'),
    };
  }
}
