import { scenario } from '../../test/support/scenario.ts';

const accounts = `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
`;

scenario(
  'one key has one effect, and the same answer for ever',
  `${accounts}
  transfer A B 60 key=k                    -> 201
  again                                    -> replay 201 amount=60 A.balance=40
  transfer A B 61 key=k                    -> idempotency_key_reused status=422 amount=undefined
  transfer A B 60 key=K                    -> insufficient_funds
  deposit A 100                            -> 201
  transfer A B 60 key=K                    -> replay insufficient_funds available=40 transfer=some
  transfer A B 60                          -> 201 A.balance=80
`,
);

scenario(
  'a refusal without a transfer binds its key too',
  `${accounts}
  settle none key=s                        -> transfer_not_found
  again                                    -> replay transfer_not_found
  void none key=s                          -> idempotency_key_reused
  entry D:A:500 C:B:500 key=e              -> insufficient_funds available=100
  deposit A 500                            -> 201
  entry D:A:500 C:B:500 key=e              -> replay insufficient_funds available=100 requested=500
  patch A status=CLOSED key=p              -> account_not_empty
  again                                    -> replay account_not_empty
`,
);

scenario(
  'the same id with the same fingerprint is a replay, whatever the key',
  `${accounts}
  transfer A B 10 id=t key=k               -> 201 id=t
  transfer A B 10 id=t key=other           -> replay 201
  transfer A B 10 id=t                     -> replay 201
  transfer A B 11 id=t                     -> transfer_id_taken status=409 transfer=none
  transfer A B 11 id=t key=k               -> idempotency_key_reused
  transfer A B 11 id=t key=taken           -> transfer_id_taken
  again                                    -> replay transfer_id_taken
  transfer A B 10 id=t key=taken           -> idempotency_key_reused
  deposit A 10 id=t                        -> transfer_id_taken
  transfer A B 999 id=f                    -> insufficient_funds
  deposit A 999                            -> 201
  transfer A B 999 id=f                    -> replay insufficient_funds A.balance=1089
`,
);

scenario(
  'ids of another ledger are taken, its keys are not',
  `${accounts}
  ledger other                             -> 201
  @other open X opening=9                  -> 201
  @other open Y                            -> 201
  transfer A B 10 id=t key=k               -> 201
  @other transfer X Y 1 key=k              -> 201
  @other transfer X Y 1 id=t               -> transfer_id_taken
  @other transfer A B 10 id=t              -> transfer_id_taken
  # the refusal binds the id in that ledger, so that the key of an id which is not known here is looked for
  @other open A                            -> account_id_taken
  again                                    -> replay account_id_taken
`,
);

scenario(
  'an id that was minted is taken',
  `${accounts}
  transfer A B 10 key=k as=T               -> 201
  open M id=none as=M                      -> 201
  reverse T key=r                          -> 201 reverses=T
  again                                    -> replay 201
`,
);

scenario(
  'ids, keys and accounts are name spaces of their own',
  `${accounts}
  transfer A B 1 id=same key=same          -> 201
  open same key=x                          -> 201
  transfer A B 1 id=x                      -> 201
  transfer A B 2 key=x                     -> idempotency_key_reused
`,
);

scenario(
  'an account id with the same fingerprint is a replay, whatever the key',
  `
  open A name=a key=k                      -> 201
  again                                    -> replay 201
  again key=none                           -> replay 201
  again key=l                              -> replay 201
  open A name=b                            -> account_id_taken status=409
  open A name=b key=taken                  -> account_id_taken
  again                                    -> replay account_id_taken
  open A name=c key=taken                  -> idempotency_key_reused
  open A name=b key=k                      -> idempotency_key_reused
  open Z XTS                               -> currency_unknown
  currency XTS 0                           -> 201
  open Z XTS                               -> 201
  patch A name=z                           -> 200
  open A name=a                            -> replay 201 name=a revision=1
`,
);

scenario(
  'every kind of command replays from what its key is bound to',
  `${accounts}
  open Q metadata={"metadata":{"a":"b"},"x_minor":1.5,"y_minor":2} opening=3 key=1 -> 201
  again                                    -> replay 201
  open-all key=2 ; R limit=1 ; R           -> 200
  again                                    -> replay 200
  patch A name=n key=3                     -> 200
  again                                    -> replay 200 revision=2
  deposit A 1 key=4                        -> 201
  again                                    -> replay 201
  withdraw A 1 key=5                       -> 201
  again                                    -> replay 201
  transfer A B 10 expires=5 id=h metadata={"a":"ü"} external=x effective=-5 key=6 -> 201
  settle h 3 keep key=7                    -> 200
  settle h 3 keep key=8                    -> 200
  transfer A B 10 hold id=i key=9          -> 201
  again                                    -> replay 201 status=HELD held=10
  void i key=10                            -> 200
  again                                    -> replay 200 status=VOIDED
  tick 6                                   -> 200 events=TransferExpired h.status=COMPLETED
  settle h 3 keep key=7                    -> replay 200 held=7 status=HELD
  void h key=11                            -> hold_expired
  again                                    -> replay hold_expired
  reverse h 2 key=12 as=r                  -> 201
  again                                    -> replay 201
  entry D:A:1 C:B:1 key=13 as=e            -> 201
  again                                    -> replay 201
  reverse-entry e key=14                   -> 201
  again                                    -> replay 201
  ledger other limit=3 key=15              -> 201
  again                                    -> replay 201
  patch-ledger other limit=4 key=16        -> 200
  again                                    -> replay 200
  currency PTS 3 key=17                    -> 201
  again                                    -> replay 201
`,
);

scenario(
  'the answer to a creation stays as it was then',
  `${accounts}
  transfer A B 10 hold id=h key=k          -> 201 status=HELD
  settle h 4                               -> 200
  reverse h 1                              -> 201
  transfer A B 10 hold id=h key=k          -> replay 201 status=HELD held=10 settled=0 reversed=0
                                           | entry_id=null completed_at=null
  transfer A B 5 id=t                      -> 201
  reverse t                                -> 201
  transfer A B 5 id=t                      -> replay 201 reversed=0
`,
);
