"""The spine: work items, cases, relation rows and the timeline.

Takes: anything somebody must do something about. Gives: one worklist row a thing (`WorkItem`), the case (asia) with its
people and service tasks, who has a relation to whom, and what happened when.
Law: a matter becomes pending (vireilletulo, 1301/2014 34 §), own worker (42 §), access by client relationship
(703/2023 9 §), service task on every document (37 §).
Finnish: työ, asia, asiakassuhde, omatyöntekijä, palvelutehtävä, tapahtumat.
"""
