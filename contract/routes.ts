import { accountRoutes } from './account-routes.ts';
import { approvalRoutes } from './approval-routes.ts';
import { administrationRoutes } from './administration-routes.ts';
import { entryRoutes } from './entry-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { proofRoutes } from './proof-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { transferRoutes } from './transfer-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** Every operation under /v1, by its operationId: the source of the server, the document and the clients. */
export const routes = {
  ...accountRoutes,
  ...transferRoutes,
  ...entryRoutes,
  ...eventRoutes,
  ...administrationRoutes,
  ...operatorRoutes,
  ...approvalRoutes,
  ...proofRoutes,
  ...webhookRoutes,
  ...sessionRoutes,
} as const;

export type Operation = keyof typeof routes;
