import { scenario } from '../../test/support/scenario.ts';

const accounts = `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
  open C limit=0                           -> 201
`;

scenario(
  'items of an independent batch each see the ones before and stand by themselves',
  `${accounts}
  batch independent ; A B 60 ; A B 60 ; B C 60 ; C N 1 ; C A 10 hold -> 200
      | results=POSTED,insufficient_funds,POSTED,account_not_found,HELD posted=3 failed=2
      | A.balance=40 C.available=50
  batch independent ; N A 1                -> 200 posted=0 failed=1 events=TransferFailed
`,
);

scenario(
  'an atomic batch is all or nothing and names the first that failed',
  `${accounts}
  batch atomic ; A B 60 ; B C 60 ; C A 30  -> 200 posted=3 failed=0 A.balance=70 C.balance=30
  batch atomic key=k ; A B 70 ; A B 1 ; N B 1 -> insufficient_funds index=1 available=0 transfer=none
                                           | A.balance=70 events=none
  batch atomic key=k ; A B 70              -> idempotency_key_reused
  deposit A 30                             -> 201
  batch atomic key=k ; A B 70 ; A B 1 ; N B 1 -> replay insufficient_funds index=1 events=none
  batch atomic ; A B 70 ; A B 1            -> 200 posted=2
`,
);

scenario(
  'an item whose key was used replays in place and counts as done',
  `${accounts}
  transfer A B 60 key=one as=T             -> 201
  batch independent ; A B 60 key=one ; A B 40 key=two -> 200 results=POSTED,POSTED posted=2 A.balance=0
  batch atomic ; A B 60 key=one ; B A 100 key=three   -> 200 posted=2 A.balance=100
  transfer A B 40 key=two                  -> replay 201
  transfer A B 40 key=three                -> idempotency_key_reused
  transfer A B 999 key=four                -> insufficient_funds
  batch independent ; A B 999 key=four ; A B 1 -> 200 results=insufficient_funds,POSTED
  batch atomic ; A B 1 ; A B 999 key=four  -> insufficient_funds index=1
  batch independent ; A B 5 key=one        -> 200 results=idempotency_key_reused events=none
  batch atomic ; A B 5 key=one             -> idempotency_key_reused index=0
`,
);

scenario(
  'one key or id twice within a batch has one effect',
  `${accounts}
  batch independent ; A B 10 key=k ; A B 10 key=k ; A B 11 key=k -> 200
                                           | results=POSTED,POSTED,idempotency_key_reused A.balance=90
  batch independent ; A B 10 id=t ; A B 10 id=t ; A B 11 id=t    -> 200
                                           | results=POSTED,POSTED,transfer_id_taken A.balance=80
  batch atomic ; A B 10 key=l ; A B 10 key=l                     -> 200 posted=2 A.balance=70
  batch atomic ; A B 10 key=m ; A B 11 key=m                     -> idempotency_key_reused index=1
                                           | A.balance=70
  transfer A B 10 key=m                                          -> 201
  batch independent ; A B 1 external=e ; A B 1 external=e        -> 200 results=POSTED,external_id_taken
`,
);

scenario(
  'an item can not have the key of its batch',
  `${accounts}
  batch independent key=k ; A B 10 key=k ; A B 5 -> 200 results=idempotency_key_reused,POSTED A.balance=95
  again                                    -> replay 200
  transfer A B 10 key=k                    -> idempotency_key_reused
  batch atomic key=l ; A B 10 key=l        -> idempotency_key_reused index=0
`,
);

scenario(
  'the key of a batch covers the whole of it',
  `${accounts}
  batch independent key=k ; A B 60 key=i ; A B 60 ; A B 40 id=t hold -> 200
      | results=POSTED,insufficient_funds,HELD
  again                                    -> replay 200 results=POSTED,insufficient_funds,HELD
  settle t                                 -> 200
  batch independent key=k ; A B 60 key=i ; A B 60 ; A B 40 id=t hold -> replay 200
      | results=POSTED,insufficient_funds,HELD
  batch independent key=k ; A B 60 key=i   -> idempotency_key_reused
  batch atomic key=k ; A B 60 key=i ; A B 60 ; A B 40 id=t hold -> idempotency_key_reused
`,
);
