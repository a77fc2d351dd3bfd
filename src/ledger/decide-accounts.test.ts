import { scenario } from '../../test/support/scenario.ts';

scenario(
  'an account opens with its defaults',
  `
  open A                                   -> 201 type=LIABILITY normal_side=CREDIT credit_limit=null
                                           | version=1 revision=1
  open B type=EXPENSE limit=7              -> 201 normal_side=DEBIT credit_limit=7
  open C type=ASSET side=CREDIT            -> 201 normal_side=CREDIT
  patch-ledger main limit=5                -> 200 default_credit_limit=5
  open D                                   -> 201 credit_limit=5 A.limit=null
  open E limit=0                           -> 201 credit_limit=0
  open M id=none as=M                      -> 201 M.version=1
`,
);

scenario(
  'of several reasons not to open an account the first is told',
  `
  ledger other                             -> 201
  open A external=a                        -> 201
  open B key=b                             -> 201
  open A XTS external=a key=b              -> idempotency_key_reused
  open A XTS external=a                    -> account_id_taken status=409
  @other open A                            -> account_id_taken account=A
  open C XTS external=a                    -> external_id_taken owner=A status=409
  open C XTS                               -> currency_unknown status=422 C.exists=false
  open external:USD                        -> 201
`,
);

scenario(
  'an opening balance is a deposit in the commit that opens the account',
  `
  open A limit=0 opening=100               -> 201 balance=100 version=2 revision=1
      | events=AccountCreated,AccountCreated,EntryPosted,TransferCompleted
  open B opening=5                         -> 201 events=AccountCreated,EntryPosted,TransferCompleted
                                           | external:USD.balance=105
  open D type=ASSET limit=0 opening=30     -> 201 balance=30 external:USD.balance=75
  open E EUR opening=1                     -> 201 external:EUR.balance=1
  open Z opening=0                         -> 201 events=AccountCreated
  open N XTS opening=5                     -> currency_unknown N.exists=false
`,
);

scenario(
  'an opening balance that can not be deposited opens nothing',
  `
  open A opening=max                       -> 201
  open B opening=1                         -> amount_overflow account=external:USD B.exists=false
  open D type=ASSET opening=max            -> 201 external:USD.balance=0
  open F type=ASSET opening=1              -> amount_overflow F.exists=false
  patch external:USD status=SUSPENDED      -> 200
  open C opening=1                         -> account_suspended account=external:USD C.exists=false
  open C                                   -> 201
`,
);

scenario(
  'the account for the world outside has no limit and no end, and may be suspended',
  `
  open A opening=5                         -> 201
  patch external:USD status=CLOSED         -> external_account_fixed status=409
  patch external:USD limit=0               -> external_account_fixed
  patch external:USD schedule=5:5          -> external_account_fixed
  patch external:USD name=world            -> 200 name=world
  patch external:USD status=SUSPENDED      -> 200
  open B opening=1                         -> account_suspended
  patch external:USD status=ACTIVE         -> 200
  open B opening=1                         -> 201
`,
);

scenario(
  'a change that changes nothing writes nothing',
  `
  open A limit=5 name=Ann                  -> 201
  patch A limit=5 name=Ann status=ACTIVE   -> 200 events=none revision=1 version=1
  patch A                                  -> 200 events=none
  patch A name=Bea                         -> 200 events=AccountUpdated revision=2 version=2 name=Bea
                                           | limit=undefined
  patch A name=Bea key=k                   -> 200 events=none revision=2
  patch A schedule=10:1                    -> 200 revision=3
  patch A schedule=10:1                    -> 200 events=none revision=3
  patch A schedule=null name=null          -> 200 revision=4 name=null
`,
);

scenario(
  'If-Match names the revision that is changed',
  `
  open A                                   -> 201
  patch A name=x if=1                      -> 200 revision=2
  patch A name=y if=1                      -> version_mismatch status=412 revision=2
  patch A name=x if=1                      -> version_mismatch status=412
  patch A name=x if=2                      -> 200 events=none
  patch A status=CLOSED if=2               -> 200 revision=3
  patch A status=ACTIVE if=2               -> version_mismatch status=412
  patch N name=x if=9                      -> account_not_found status=404
`,
);

scenario(
  'a closed account is closed for good and was empty',
  `
  open A limit=0 opening=5                 -> 201
  open B                                   -> 201
  patch A status=CLOSED                    -> account_not_empty available=5 status=409
  transfer A B 5                           -> 201
  transfer B A 5 hold as=H                 -> 201
  patch A status=CLOSED                    -> account_not_empty incoming=5 held=0
  patch B status=CLOSED                    -> account_not_empty held=5
  void H                                   -> 200
  patch A status=CLOSED limit=0            -> 200 status=CLOSED
  patch A status=ACTIVE                    -> account_closed account=A
  patch A limit=7                          -> account_closed
  patch A schedule=5:5                     -> account_closed
  patch A status=CLOSED                    -> 200 events=none
  patch A name=late                        -> 200 name=late status=CLOSED
  transfer B A 1                           -> account_closed
`,
);

scenario(
  'a suspended account takes part in nothing and can come back or close',
  `
  open A                                   -> 201
  open B                                   -> 201
  patch A status=SUSPENDED                 -> 200 status=SUSPENDED
  transfer A B 1                           -> account_suspended
  transfer B A 1                           -> account_suspended account=A
  patch A status=ACTIVE                    -> 200
  transfer A B 1                           -> 201
  transfer B A 1                           -> 201
  patch A status=SUSPENDED                 -> 200
  patch A status=CLOSED                    -> 200
`,
);

scenario(
  'a limit is not lowered below what is used, unless the breach is allowed',
  `
  open A limit=null                        -> 201
  open B                                   -> 201
  transfer A B 40                          -> 201
  transfer A B 60 hold as=H                -> 201 A.available=-100
  patch A limit=99                         -> limit_below_use used=100 credit_limit=99 status=409
  patch A limit=100                        -> 200
  patch A limit=50                         -> limit_below_use
  patch A limit=50 breach                  -> 200 credit_limit=50
  patch A limit=50 name=same               -> 200
  transfer A B 1                           -> insufficient_funds available=-100
  transfer B A 20                          -> 201 A.available=-80
  patch A limit=70                         -> 200
  transfer A B 1                           -> insufficient_funds
  void H                                   -> 200 A.available=-20
  transfer A B 50                          -> 201 A.available=-70
  patch A limit=null                       -> 200 credit_limit=null
  patch A status=CLOSED limit=0            -> account_not_empty
`,
);

scenario(
  'dated limits begin in their order, may breach, and are changes of their own',
  `
  open A limit=100                         -> 201
  open B                                   -> 201
  patch A schedule=20:null,10:5,15:7       -> 200 A.revision=2
  transfer A B 60                          -> 201
  tick 9                                   -> 200 events=none A.limit=100
  tick 1                                   -> 200 events=AccountUpdated A.limit=5 A.revision=3 A.version=4
  transfer A B 1                           -> insufficient_funds credit_limit=5
  tick 30                                  -> 200 events=AccountUpdated,AccountUpdated A.limit=null
                                           | A.revision=5
  transfer A B 1                           -> 201
  tick 99                                  -> 200 events=none
`,
);

scenario(
  'accounts are found by id or external id, in their ledger only',
  `
  ledger other                             -> 201
  open A external=a                        -> 201
  @other open B                            -> 201
  patch ext:a name=x                       -> 200 A.name=x
  patch B name=x                           -> account_not_found status=404 account=B
  patch ext:b name=x                       -> account_not_found status=404
`,
);

scenario(
  'many accounts open at once, each with its own result',
  `
  open A external=a                        -> 201
  open-all ; B ; A external=x ; C external=a ; D external=d opening=5 ; E external=d -> 200
      | results=OPENED,account_id_taken,external_id_taken,OPENED,external_id_taken opened=2 failed=3
  open-all key=k ; F ; G                   -> 200 opened=2
  again                                    -> replay 200
  open-all ; F ; G                         -> 200 opened=2 events=none
  open-all ; F limit=5                     -> 200 results=account_id_taken
  open-all ; H ; H ; H limit=1             -> 200 results=OPENED,OPENED,account_id_taken events=AccountCreated
`,
);
