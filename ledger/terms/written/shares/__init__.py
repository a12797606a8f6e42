"""How the steps are written that take from the pool.

A step is written as the file of its name says. It is named here.
"""

from ledger.terms.shares.split import Split
from ledger.terms.written.fields import Ratio, read_one, write_rates
from ledger.terms.written.shares.bands import BandsSchema
from ledger.terms.written.shares.bonus import BonusSchema
from ledger.terms.written.shares.by_capital import SplitByCapitalSchema
from ledger.terms.written.shares.carried_interest import CarriedInterestSchema
from ledger.terms.written.shares.catch_up import CatchUpSchema
from ledger.terms.written.shares.each_deal import EachDealSchema
from ledger.terms.written.shares.fee import FeeSchema
from ledger.terms.written.shares.interest import InterestSchema
from ledger.terms.written.shares.pot import PotSchema
from ledger.terms.written.shares.preferred_return import PreferredReturnSchema
from ledger.terms.written.shares.return_of_capital import ReturnOfCapitalSchema
from ledger.terms.written.shares.salary import SalarySchema
from ledger.terms.written.shares.step_list import STEPS
from ledger.terms.written.shares.withdrawals import WithdrawalInterestSchema

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
