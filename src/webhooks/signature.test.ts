import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showSecret, signMessage } from './signature.ts';

test('the example of Standard Webhooks is signed as its libraries sign it', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  const secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  assert.equal(signMessage([secret], message), signature);
  const other = 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  assert.match(signMessage([other, secret], message), /^v1,[\w+/]{43}= v1,g0hM9SsE/);
  assert.equal(showSecret(secret), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
});
