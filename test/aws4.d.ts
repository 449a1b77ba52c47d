/** The part of aws4 that the tests use; it comes without types. */
declare module 'aws4' {
  export function sign(
    request: {
      host: string;
      path: string;
      service: string;
      region: string;
      signQuery: true;
      headers: Record<string, string>;
    },
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  ): { host: string; path: string };
}
