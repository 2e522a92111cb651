import { describeFramework } from './describe-framework.js';
import { startNext } from './start-next.js';

// `next build` takes its time.
describeFramework('Next.js', startNext, 180_000);
