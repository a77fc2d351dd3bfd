import { scenario } from '../../test/support/scenario.ts';

const accounts = `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
`;

scenario(
  'an accepted transfer moves nothing until it is run, and then counts once',
  `${accounts}
  transfer A B 60 async as=T key=k         -> 202 status=INITIATED entry=null completed_at=null
                                           | events=TransferInitiated A.available=100 A.version=2 B.version=1
  run T                                    -> 200 status=COMPLETED events=EntryPosted,TransferCompleted
                                           | A.balance=40 B.balance=60 T.createdAs=INITIATED
  run T                                    -> 200 status=COMPLETED events=none A.balance=40
`,
);

scenario(
  'the first 202 stays the replay, whatever became of the transfer',
  `${accounts}
  transfer A B 60 async id=T key=k         -> 202 status=INITIATED
  again                                    -> replay 202 status=INITIATED
  again key=none                           -> replay 202 status=INITIATED
  run T                                    -> 200 status=COMPLETED
  transfer A B 60 async id=T key=k         -> replay 202 status=INITIATED completed_at=null
  transfer A B 61 async id=F key=f         -> 202
  run F                                    -> 200 status=FAILED F.failure=insufficient_funds
  transfer A B 61 async id=F key=f         -> replay 202 status=INITIATED
  transfer A B 5 execute=60 id=S key=s     -> 202 status=SCHEDULED
  cancel S                                 -> 201 status=CANCELLED
  transfer A B 5 execute=60 id=S key=s     -> replay 202 status=SCHEDULED completed_at=null
  transfer A B 5 hold expires=9 async id=H -> 202 status=INITIATED held=0
  run H                                    -> 200 status=HELD held=5
  transfer A B 5 hold expires=9 async id=H -> replay 202 status=INITIATED held=0 expires_at=null
`,
);

scenario(
  'another preference is another request',
  `${accounts}
  transfer A B 60 async id=T key=k         -> 202
  transfer A B 60 id=T key=k               -> idempotency_key_reused
  transfer A B 60 id=T                     -> transfer_id_taken
`,
);

scenario(
  'a rule that refuses a run fails the transfer for good',
  `${accounts}
  transfer A B 101 async as=T              -> 202
  run T                                    -> 200 status=FAILED events=TransferFailed
                                           | T.failure=insufficient_funds A.available=100
  deposit A 100                            -> 201
  run T                                    -> 200 status=FAILED events=none A.available=200
  redrive T                                -> not_redrivable
  give-up T                                -> 200 status=FAILED events=none T.failure=insufficient_funds
  transfer A B 1 async from.min=201 as=C   -> 202
  run C                                    -> 200 status=FAILED C.failure=condition_failed
  transfer A B 1 async from.min=200 as=D   -> 202
  run D                                    -> 200 status=COMPLETED
  transfer A B 1 async as=E                -> 202
  patch B status=SUSPENDED                 -> 200
  run E                                    -> 200 status=FAILED E.failure=account_suspended
`,
);

scenario(
  'what can not heal is refused when the transfer is accepted',
  `${accounts}
  open C EUR                               -> 201
  transfer A B 1 external=x async          -> 202
  transfer A B 1 external=x async          -> external_id_taken
  transfer A B 1 external=x                -> external_id_taken
  transfer A N 1 async                     -> account_not_found transfer=some
  transfer A A 1 async                     -> accounts_must_differ
  transfer A B 1 QQQ async                 -> currency_unknown
  transfer A B 1 execute=0                 -> execute_at_not_in_future events=TransferFailed
  transfer A B 1 execute=-5                -> execute_at_not_in_future
  transfer A B 1 execute=60 expires_at=60  -> expiry_not_in_future
  transfer A B 1 execute=60 effective=86460 -> 202
  transfer A B 1 execute=60 effective=86461 -> effective_at_too_far
  transfer A C 1 async as=M                -> 202
  run M                                    -> 200 status=FAILED M.failure=currency_mismatch
`,
);

scenario(
  'a scheduled transfer is run at its time and not before',
  `${accounts}
  transfer A B 60 execute=10 as=T          -> 202 status=SCHEDULED events=TransferScheduled
  run T                                    -> 200 status=SCHEDULED events=none
  wait 9                                   -> 200
  run T                                    -> 200 status=SCHEDULED events=none
  wait 1                                   -> 200
  run T                                    -> 200 status=COMPLETED events=EntryPosted,TransferCompleted
                                           | B.balance=60
  transfer A B 1 execute=10 async as=U     -> 202 status=SCHEDULED events=TransferScheduled
`,
);

scenario(
  'only what is scheduled can be cancelled',
  `${accounts}
  transfer A B 60 execute=10 as=T          -> 202
  transfer A B 60 execute=10 as=L          -> 202
  transfer A B 60 async as=I               -> 202
  transfer A B 1 as=C                      -> 201
  cancel T key=c                           -> 201 status=CANCELLED events=TransferCancelled
  again                                    -> replay 201 status=CANCELLED
  cancel T                                 -> not_cancellable status=409
  cancel I                                 -> not_cancellable
  cancel C                                 -> not_cancellable
  cancel none                              -> transfer_not_found status=404
  ledger other                             -> 201
  @other cancel L                          -> transfer_not_found
  @other run L                             -> transfer_not_found
  wait 10                                  -> 200
  run T                                    -> 200 status=CANCELLED events=none A.available=99
  cancel L                                 -> 201 status=CANCELLED
`,
);

scenario(
  'a hold that is placed later is a hold like any other',
  `${accounts}
  transfer A B 60 hold expires=10 async as=H -> 202 status=INITIATED held=0 expires_at=null
  settle H                                 -> not_a_hold
  void H                                   -> not_a_hold
  wait 5                                   -> 200
  run H                                    -> 200 status=HELD held=60 events=TransferHeld A.held=60 B.incoming=60
  run H                                    -> 200 status=HELD events=none
  settle H 10 keep                         -> 200 settled=10 held=50
  tick 9                                   -> 200 events=none
  tick 1                                   -> 200 events=TransferExpired H.status=COMPLETED A.held=0
  void H                                   -> hold_expired
  reverse H                                -> 201 amount=10
`,
);

scenario(
  'a transfer that was given up can be redriven under its id, as often as it takes',
  `${accounts}
  transfer A B 60 async as=T key=k         -> 202
  give-up T                                -> 200 status=FAILED events=TransferFailed
                                           | T.failure=processing_exhausted
  give-up T                                -> 200 status=FAILED events=none
  run T                                    -> 200 status=FAILED events=none A.available=100
  redrive T                                -> 200 status=INITIATED events=TransferInitiated completed_at=null
  redrive T                                -> 200 status=INITIATED events=none
  give-up T                                -> 200 status=FAILED events=TransferFailed
  redrive T                                -> 200 status=INITIATED events=TransferInitiated
  run T                                    -> 200 status=COMPLETED A.balance=40
  redrive T                                -> not_redrivable status=409
  reverse T                                -> 201 A.balance=100
  transfer A B 60 execute=5 as=S           -> 202
  give-up S                                -> 200 status=FAILED
  redrive S                                -> 200 status=INITIATED
`,
);

scenario(
  'a transfer that fails later gives its external id up',
  `${accounts}
  transfer A B 101 external=x async as=T   -> 202
  transfer A B 1 external=x                -> external_id_taken
  run T                                    -> 200 status=FAILED
  transfer A B 1 external=x                -> 201
  transfer A B 1 external=y async as=U     -> 202
  give-up U                                -> 200 status=FAILED
  redrive U                                -> 200 status=INITIATED
  transfer A B 1 external=y                -> external_id_taken
  give-up U                                -> 200 status=FAILED
  transfer A B 1 external=y                -> 201
  redrive U                                -> external_id_taken events=none
`,
);

scenario(
  'when it counts is when it is run, unless the request says otherwise',
  `${accounts}
  transfer A B 1 async as=T                -> 202 effective_at=2026-01-01T00:00:00.000Z
  transfer A B 1 async effective=-60 as=P  -> 202 effective_at=2025-12-31T23:59:00.000Z
  transfer A B 1 execute=30 as=S           -> 202 effective_at=2026-01-01T00:00:30.000Z
  wait 40                                  -> 200
  run T                                    -> 200 effective_at=2026-01-01T00:00:40.000Z
  run P                                    -> 200 effective_at=2025-12-31T23:59:00.000Z
  run S                                    -> 200 effective_at=2026-01-01T00:00:40.000Z
                                           | execute_at=2026-01-01T00:00:30.000Z
`,
);

scenario(
  'items of a batch can be scheduled, and previews tell of it',
  `${accounts}
  batch independent ; A B 1 ; A B 1 execute=5 ; A B 1 execute=0
                                           | -> 200 results=POSTED,SCHEDULED,execute_at_not_in_future
  batch atomic ; A B 1 ; A B 1 execute=0   -> execute_at_not_in_future
  preview transfer A B 1 execute=5         -> 200 events=none
`,
);
