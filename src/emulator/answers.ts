/**
 * STS's answers: the JSON that it gives when asked with `Accept: application/json`, and the XML of its query
 * protocol otherwise.
 *
 * @module
 */
import type { CallerIdentity } from './principals.ts';

/** `json` when the client asked for it, else `xml`. */
export type AnswerFormat = 'json' | 'xml';

/** One of STS's errors. */
export interface StsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

const contentTypes: Readonly<Record<AnswerFormat, string>> = { json: 'application/json', xml: 'text/xml' };

/** The format that an `Accept` header asks for. */
export function formatOf(accept: string | null): AnswerFormat {
  return accept?.toLowerCase().includes('application/json') ? 'json' : 'xml';
}

/** The 200 of a verified caller. */
export function identityAnswer({ Account, Arn, UserId }: CallerIdentity, format: AnswerFormat): Response {
  const RequestId = crypto.randomUUID();
  const body =
    format === 'json'
      ? JSON.stringify({
          GetCallerIdentityResponse: {
            GetCallerIdentityResult: { Account, Arn, UserId },
            ResponseMetadata: { RequestId },
          },
        })
      : element(
          `GetCallerIdentityResponse xmlns="${namespace}"`,
          element(
            'GetCallerIdentityResult',
            element('Arn', escapeXml(Arn)) +
              element('UserId', escapeXml(UserId)) +
              element('Account', Account),
          ) + element('ResponseMetadata', element('RequestId', RequestId)),
        );
  return answer(200, body, format, RequestId);
}

/** An error of STS's. From 500 on its type is `Receiver`, below that it is `Sender`. */
export function errorAnswer({ status, code, message }: StsError, format: AnswerFormat): Response {
  const RequestId = crypto.randomUUID();
  const Type = status >= 500 ? 'Receiver' : 'Sender';
  const body =
    format === 'json'
      ? JSON.stringify({ Error: { Code: code, Message: message, Type }, RequestId })
      : element(
          `ErrorResponse xmlns="${namespace}"`,
          element(
            'Error',
            element('Type', Type) + element('Code', escapeXml(code)) + element('Message', escapeXml(message)),
          ) + element('RequestId', RequestId),
        );
  return answer(status, body, format, RequestId);
}

function answer(status: number, body: string, format: AnswerFormat, requestId: string): Response {
  const headers = { 'content-type': contentTypes[format], 'x-amzn-requestid': requestId };
  return new Response(body, { status, headers });
}

function element(tag: string, content: string): string {
  return `<${tag}>${content}</${tag.split(' ')[0]}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
