import type { App } from '../../define/index.ts';
import { problemType } from '../problem.ts';
import { describeCommands } from './commands.ts';
import { Components } from './components.ts';
import { describeFeed } from './feed.ts';
import type { Paths } from './operations.ts';
import { describePolicies } from './policies.ts';
import { describeProjections } from './projections.ts';
import { describeReads } from './reads.ts';
import { replySchemas } from './replies.ts';
import { describeSubscribers } from './subscribers.ts';

const DESCRIPTION = `Commands go to actors, which accept or refuse them; what they decided is
durable before it is answered.

A repeated \`Idempotency-Key\` gives the first answer again. Whatever is not accepted is answered
as a problem (RFC 9457), whose \`code\` a program can branch on; its \`type\` is a stable URI such
as \`${problemType('rejected')}\`.`;

/**
 * The OpenAPI 3.1 document of an app, as JSON text, made from the schemas that validate requests.
 * @param isOpen whether the server takes requests without credentials
 */
export function openApiDocument(app: App, isOpen: boolean): string {
  const requests = new Components('input');
  const replies = replySchemas(app);
  const paths: Paths = {};
  describeCommands(app, requests, paths);
  describeReads(app, replies, paths);
  describeFeed(paths);
  describePolicies(replies, paths);
  describeProjections(replies, paths);
  describeSubscribers(replies, paths);
  return JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Everstate',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: isOpen ? [] : [{ bearer: [] }],
    tags: [
      { name: 'commands', description: 'One command a request.' },
      { name: 'batches', description: 'Many commands a request.' },
      { name: 'queries', description: 'Typed reads.' },
      { name: 'policies', description: 'How policies fare, and what they gave up on.' },
      { name: 'running', description: 'For those who run the server.' },
    ],
    paths,
    components: {
      schemas: { ...requests.schemas(), ...replies.schemas() },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A configured token, or a JSON web token.',
        },
      },
    },
  });
}
