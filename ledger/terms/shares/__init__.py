"""The steps that take from the pool, in order; the last of them shares out all that remains.

A step is a class in a file of its own: its value, how it is written, what it takes, how it reads. It is named here.
"""

from ledger.terms.fields import Ratio, read_one, write_rates
from ledger.terms.shares.bands import BandsSchema
from ledger.terms.shares.bonus import BonusSchema
from ledger.terms.shares.by_capital import SplitByCapitalSchema
from ledger.terms.shares.carried_interest import CarriedInterestSchema
from ledger.terms.shares.catch_up import CatchUpSchema
from ledger.terms.shares.each_deal import EachDealSchema
from ledger.terms.shares.fee import FeeSchema
from ledger.terms.shares.interest import InterestSchema
from ledger.terms.shares.pot import PotSchema
from ledger.terms.shares.preferred_return import PreferredReturnSchema
from ledger.terms.shares.return_of_capital import ReturnOfCapitalSchema
from ledger.terms.shares.salary import SalarySchema
from ledger.terms.shares.split import Split
from ledger.terms.shares.step_list import STEPS
from ledger.terms.shares.withdrawals import WithdrawalInterestSchema

STEPS.update(
    {
        "fee": (FeeSchema().load, FeeSchema().dump),
        "bands": (BandsSchema().load, BandsSchema().dump),
        "split": (lambda content: Split(read_one(Ratio(), content)), lambda step: write_rates(step.rates)),
        "pot": (PotSchema().load, PotSchema().dump),
        "salary": (SalarySchema().load, SalarySchema().dump),
        "interest": (InterestSchema().load, InterestSchema().dump),
        "interest on withdrawals": (WithdrawalInterestSchema().load, WithdrawalInterestSchema().dump),
        "bonus": (BonusSchema().load, BonusSchema().dump),
        "split by capital": (SplitByCapitalSchema().load, SplitByCapitalSchema().dump),
        "return of capital": (ReturnOfCapitalSchema().load, ReturnOfCapitalSchema().dump),
        "preferred return": (PreferredReturnSchema().load, PreferredReturnSchema().dump),
        "catch-up": (CatchUpSchema().load, CatchUpSchema().dump),
        "carried interest": (CarriedInterestSchema().load, CarriedInterestSchema().dump),
        "each deal": (EachDealSchema().load, EachDealSchema().dump),
    }
)
